import assert from 'node:assert/strict'
import { after, before, beforeEach, type TestContext, test } from 'node:test'
import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import { momentOf } from '../../../market/moment.ts'
import { asTradingDate } from '../../../market/units.ts'
import { type CalendarTable, writeExceptions } from '../../../tables/control/calendar-item.ts'
import { createCalendarReader } from '../../../tables/control/calendar-reader.ts'
import { createDynamoDB } from '../../../tables/dynamodb.ts'
import { startTables, TABLES, type Tables } from '../../functions/tables.ts'

const TUESDAY = asTradingDate(20261124)
const NOW = momentOf(asTradingDate(20261120), 0)
const START = Date.UTC(2026, 10, 20, 3)

let tables: Tables
let table: CalendarTable
before(async () => {
  tables = await startTables()
  table = { client: tables.client, table: TABLES.CONTROL_TABLE }
})
after(() => tables[Symbol.asyncDispose]())
beforeEach(() => tables.client.send(new DeleteCommand({ TableName: table.table, Key: { id: 'calendar' } })))

const closeTuesday = (): Promise<number> =>
  writeExceptions(
    table,
    JSON.stringify({ version: 0, exceptions: [{ kind: 'closed', date: '2026-11-24', note: 'a test' }] }),
    NOW,
  )

/** Opens a reader with a clock that stands still, and a client that can be made to fail. */
function openReader(t: TestContext) {
  t.mock.timers.enable({ apis: ['Date'], now: START })
  const client = createDynamoDB()
  const state = { isFailing: false, reads: 0 }
  client.middlewareStack.add(
    next => args => {
      state.reads++
      if (state.isFailing) throw new Error('refused by the test')
      return next(args)
    },
    { step: 'initialize' },
  )
  const warnings: string[] = []
  const reader = createCalendarReader({ client, table: table.table }, message => warnings.push(message))
  const isOpen = async (): Promise<boolean> => (await reader.read()).isTradingDate(TUESDAY)
  return { reader, state, warnings, isOpen, pass: (ms: number) => t.mock.timers.tick(ms) }
}

test('a table without exceptions gives the rules', async t => {
  const { isOpen, warnings } = openReader(t)
  assert.equal(await isOpen(), true)
  assert.deepEqual(warnings, [])
})

test('calls of a minute share one read, and a change shows after it', async t => {
  const { isOpen, state, pass } = openReader(t)
  assert.deepEqual(await Promise.all([isOpen(), isOpen(), isOpen()]), [true, true, true])
  assert.equal(state.reads, 1)
  await closeTuesday()
  pass(59_999)
  assert.deepEqual([await isOpen(), state.reads], [true, 1])
  pass(1)
  assert.deepEqual([await isOpen(), state.reads], [false, 2])
})

test('an unchanged text gives the same calendar', async t => {
  const { reader, pass } = openReader(t)
  const first = await reader.read()
  pass(60_000)
  assert.equal(await reader.read(), first)
})

test('after a failed read the last known calendar stays, and the next read follows five seconds later', async t => {
  const { isOpen, state, warnings, pass } = openReader(t)
  await closeTuesday()
  assert.equal(await isOpen(), false)
  state.isFailing = true
  pass(60_000)
  assert.equal(await isOpen(), false)
  assert.equal(await isOpen(), false)
  assert.equal(state.reads, 2)
  assert.deepEqual(warnings, ['the exceptions of the calendar cannot be read; the last known ones stay'])
  pass(5_000)
  state.isFailing = false
  assert.deepEqual([await isOpen(), state.reads], [false, 3])
})

test('a new environment that cannot read has no calendar, and reads again at the next call', async t => {
  const { reader, isOpen, state } = openReader(t)
  await closeTuesday()
  state.isFailing = true
  await assert.rejects(reader.read(), { message: 'refused by the test' })
  state.isFailing = false
  assert.equal(await isOpen(), false)
})

test('a stored text that cannot be used counts as a failed read', async t => {
  const put = (exceptions: string) =>
    tables.client.send(
      new PutCommand({ TableName: table.table, Item: { id: 'calendar', version: 9, exceptions } }),
    )
  const { reader, isOpen, warnings, pass } = openReader(t)
  await put('{}')
  await assert.rejects(reader.read(), { name: 'ExceptionsError' })
  await put('{"exceptions":[{"kind":"closed","date":"2026-11-22","note":"a Sunday"}]}')
  assert.equal(await isOpen(), true)
  assert.deepEqual(warnings, ['exceptions of the calendar have no effect'])
  await put('{}')
  pass(60_000)
  assert.equal(await isOpen(), true)
  assert.equal(warnings.length, 2)
})
