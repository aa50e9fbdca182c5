import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { boardToJson } from '../../market/board-to-json.ts'
import { isoTime, momentOf } from '../../market/moment.ts'
import { addMicros, type EpochMicros } from '../../market/units.ts'
import { boardAsOf, boardsAsOf } from '../../prices/boards-answer.ts'
import type { PriceSource } from '../../prices/price-source.ts'
import { addTicksTable, startTables, type Tables } from '../functions/tables.ts'
import { sourceAt } from './standing-source.ts'
import { DATE, ISSUE, storePack, tickOf } from './stored-packs.ts'

const NINE = 9 * 3_600_000_000
const EVENING = momentOf(DATE, 20 * 3_600_000_000)
const FIRST = tickOf(1, NINE, { volume: 100 })
const SECOND = tickOf(2, NINE + 7, { volume: 200 })
/** A listed issue without a tick. */
const QUIET = '1301'

let tables: Tables
before(async () => {
  tables = await startTables()
})
after(() => tables[Symbol.asyncDispose]())

async function openSource(now = EVENING, stored?: EpochMicros): Promise<PriceSource> {
  const table = await addTicksTable(tables)
  await storePack(table, [FIRST, SECOND])
  const source = { ...sourceAt(table, 'everybody', now), isListed: async (issue: string) => issue === QUIET }
  return stored === undefined ? source : { ...source, storing: { until: async () => stored } }
}

test('the board is that of the last tick up to the moment, null before the first tick of a listed issue', async () => {
  const source = await openSource()
  const boardAt = async (time: number, issue = ISSUE) =>
    (await boardAsOf(source, issue, isoTime(DATE, time))).data.board
  assert.deepEqual(await boardAt(NINE), boardToJson(FIRST))
  assert.deepEqual(await boardAt(NINE + 6), boardToJson(FIRST))
  assert.deepEqual(await boardAt(NINE + 7), boardToJson(SECOND))
  assert.equal(await boardAt(NINE, QUIET), null)
  await assert.rejects(boardAt(NINE - 1), { code: 'unknown-issue', members: { issue: ISSUE } })
})

test('boards are in the order of the request, and unknown issues are named', async () => {
  const source = await openSource()
  const { data, stamp } = await boardsAsOf(source, ['9999', ISSUE, QUIET, '9998'], isoTime(DATE, NINE + 7))
  assert.deepEqual(data, { boards: [boardToJson(SECOND)], unknown: ['9999', '9998'] })
  assert.deepEqual(stamp, { delay: 'PT20M', asOf: isoTime(DATE, NINE + 7) })
  assert.deepEqual((await boardsAsOf(source, [QUIET], undefined)).data, { boards: [] })
})

test('a board is as of what is stored, and late, if its ticks are not stored up to the moment', async () => {
  const source = await openSource(EVENING, momentOf(DATE, NINE + 6))
  for (const { stamp } of [
    await boardAsOf(source, ISSUE, isoTime(DATE, NINE + 7)),
    await boardsAsOf(source, [ISSUE], isoTime(DATE, NINE + 7)),
  ])
    assert.deepEqual(stamp, { delay: 'PT20M', asOf: isoTime(DATE, NINE + 6), late: true })
  const { board } = (await boardAsOf(source, ISSUE, isoTime(DATE, NINE + 7))).data
  assert.equal(board?.sequence, 1)
})

test('a date whose ticks are deleted has no board', async () => {
  const later = addMicros(momentOf(DATE, 0), 2 * 86_400_000_000)
  const kept = await openSource(later)
  const boardWith = async (keepDays: number) =>
    (await boardAsOf({ ...kept, keepDays, isListed: async () => true }, ISSUE, undefined)).data.board
  assert.equal((await boardWith(2))?.sequence, 2)
  assert.equal(await boardWith(1), null)
})
