import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { DeleteCommand, GetCommand } from '@aws-sdk/lib-dynamodb'
import { momentOf } from '../../../market/moment.ts'
import { asTradingDate } from '../../../market/units.ts'
import {
  type CalendarTable,
  problemsOf,
  readExceptionsText,
  writeExceptions,
} from '../../../tables/control/calendar-item.ts'
import { startTables, TABLES, type Tables } from '../../functions/tables.ts'

/** 2026-11-20 12:00 in Tokyo. */
const NOW = momentOf(asTradingDate(20261120), 12 * 3_600_000_000)
const HOURS = { orders: '08:00', morning: '09:00-11:30', afternoon: null }

let tables: Tables
let table: CalendarTable
before(async () => {
  tables = await startTables()
  table = { client: tables.client, table: TABLES.CONTROL_TABLE }
})
after(() => tables[Symbol.asyncDispose]())
beforeEach(() => tables.client.send(new DeleteCommand({ TableName: table.table, Key: { id: 'calendar' } })))

const textOf = (version: number | undefined, ...exceptions: readonly unknown[]): string =>
  JSON.stringify({ version, exceptions })
const closed = (date: string) => ({ kind: 'closed', date, note: 'a test' })

test('exceptions are written over the version from which they were edited', async () => {
  assert.deepEqual(JSON.parse(await readExceptionsText(table)), { version: 0, exceptions: [] })
  const half = { kind: 'hours', date: '2026-12-30', note: '半日立会', hours: HOURS }
  assert.equal(await writeExceptions(table, textOf(0, closed('2026-11-24')), NOW), 1)
  assert.equal(await writeExceptions(table, textOf(1, closed('2026-11-24'), half), NOW), 2)
  assert.deepEqual(JSON.parse(await readExceptionsText(table)), {
    version: 2,
    exceptions: [closed('2026-11-24'), half],
  })
  const { Item } = await tables.client.send(
    new GetCommand({ TableName: table.table, Key: { id: 'calendar' } }),
  )
  assert.deepEqual([Item?.version, Item?.changedAt], [2, '2026-11-20T12:00:00.000000+09:00'])
})

test('a text from another version is refused, and nothing is written', async () => {
  await writeExceptions(table, textOf(0, closed('2026-11-24')), NOW)
  for (const version of [0, 2, undefined])
    await assert.rejects(writeExceptions(table, textOf(version), NOW), {
      name: 'ExceptionsError',
      message: new RegExp(
        `version: expected 1, the version of the stored exceptions, got ${version ?? 'none'}`,
      ),
    })
  assert.equal(JSON.parse(await readExceptionsText(table)).version, 1)
})

test('of two writers at the same time one is refused', async () => {
  const outcomes = await Promise.allSettled(
    ['2026-11-24', '2026-11-25', '2026-11-26'].map(date =>
      writeExceptions(table, textOf(0, closed(date)), NOW),
    ),
  )
  assert.deepEqual(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
  for (const outcome of outcomes)
    if (outcome.status === 'rejected') assert.equal((outcome.reason as Error).name, 'ExceptionsError')
  assert.equal(JSON.parse(await readExceptionsText(table)).version, 1)
})

test('all problems are listed: with the rules, the version and the past', async () => {
  const stored = await readExceptionsText(table)
  assert.deepEqual(problemsOf(textOf(1, closed('2026-11-22'), closed('2026-11-19')), stored, NOW), [
    'version: expected 0, the version of the stored exceptions, got 1: read them again, and repeat the change',
    '2026-11-22: expected a trading date to close; it is closed by rule: weekend',
    '2026-11-19: expected the past date to stay as it is, 08:00 09:00-11:30 12:30-15:25-15:30, got closed',
  ])
  assert.deepEqual(problemsOf('{}', stored, NOW), ['exceptions: expected "exceptions", got undefined'])
  assert.deepEqual(problemsOf(textOf(0, closed('2026-11-24')), stored, NOW), [])
  // A past exception that cannot be read is not removed.
  const past = textOf(1, closed('2026-11-19'))
  assert.deepEqual(problemsOf(past, past, NOW), [])
  assert.deepEqual(problemsOf(textOf(1, { ...closed('2026-11-19'), note: '' }), past, NOW), [
    'exceptions[0].note: expected a reason of up to 200 characters, got 0 characters',
  ])
})
