/** Each place that needs a consistent read, with tables whose other reads are a while behind. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { DAY_MICROSECONDS, momentOf } from '../../market/moment.ts'
import { addMillis, nowMillis } from '../../market/units.ts'
import { getItem, getItems, putItem } from '../../tables/dynamodb.ts'
import { ticksBetween } from '../../tables/ticks/read-ticks.ts'
import type { TicksTable } from '../../tables/ticks/ticks-table.ts'
import { readWatermarks, SETTLE_MS } from '../../tables/ticks/watermarks.ts'
import { until } from '../until.ts'
import { type LaggingTables, startLaggingTables } from './lagging-tables.ts'
import { collect, recordsOf, store } from './store-ticks/batch-delivery.ts'
import { LANES } from './stored-lanes.ts'
import { envelopesOf, ISSUES, openSender, sampleTicks, TRADING_DATE } from './stored-market.ts'
import { addTicksTable } from './tables.ts'

/** How far the other reads are behind in the test of watermarks (ms): shorter than {@link SETTLE_MS}, also on a busy machine. */
const LAG_MS = 600

let tables: LaggingTables
before(async () => {
  tables = await startLaggingTables()
})
after(() => tables[Symbol.asyncDispose]())

const readAll = async (table: TicksTable) => {
  const start = { time: 0, sequence: 0 }
  const all = await Promise.all(
    ISSUES.map(issue => collect(ticksBetween(table, issue, TRADING_DATE, start, DAY_MICROSECONDS - 1))),
  )
  return all
    .flat()
    .map(({ sequence }) => sequence)
    .sort((a, b) => a - b)
}

test('the tables show a write to a consistent read at once, and to other reads later', async () => {
  const table = await addTicksTable(tables)
  await store(table, recordsOf(envelopesOf([sampleTicks(10)])))
  assert.equal((await readAll({ ...table, consistent: true })).length, 10)
  assert.equal((await readAll(table)).length, 0)
  await tables.settled()
  assert.equal((await readAll(table)).length, 10)
  assert.ok(tables.inconsistentReads > 0)
})

test('one item and several items are read consistently: the state of a connection, the status, borders', async () => {
  const { client, table } = await addTicksTable(tables)
  const key = { key: 'k', time: 't' }
  for (const value of [1, 2]) {
    await putItem({ client, table }, { ...key, value })
    assert.deepEqual(await getItem({ client, table }, key), { ...key, value })
    assert.deepEqual(await getItems({ client, table }, [key]), [{ ...key, value }])
  }
})

test('store-ticks finds what it stored a moment ago: a shorter batch that comes at once hides nothing', async () => {
  const table = await addTicksTable(tables)
  const ticks = sampleTicks(40)
  const slices = Array.from({ length: 8 }, (_, slice) => ticks.slice(5 * slice, 5 * (slice + 1)))
  const records = recordsOf(envelopesOf(slices))
  await store(table, records)
  await store(table, records.slice(0, records.length / 2))
  assert.deepEqual(
    await readAll({ ...table, consistent: true }),
    ticks.map(({ sequence }) => sequence),
  )
})

test('store-ticks knows the border of a batch that it stored a moment ago', async () => {
  const table = await addTicksTable(tables)
  const ticks = sampleTicks(40)
  const records = recordsOf(envelopesOf(ticks.map(tick => [tick])))
  // A batch that ends in the middle, and then a longer one: no pack may span the first end.
  await store(table, records.slice(10, 20))
  await store(table, records)
  const seen = new Set(await readAll({ ...table, consistent: true }))
  assert.deepEqual(
    ticks.filter(({ sequence }) => !seen.has(sequence)),
    [],
  )
})

test('a watermark counts for a reader only when its other reads show the ticks up to there', async () => {
  await using timed = await startLaggingTables(LAG_MS)
  const table = await addTicksTable(timed)
  const ticks = sampleTicks(30)
  const sender = openSender(1)
  const end = momentOf(TRADING_DATE, ticks.at(-1)!.time - 1)
  const started = nowMillis()
  await store(table, recordsOf([...sender.send(ticks), ...sender.complete(end)]))
  let untils: number[] = []
  const isStored = async (): Promise<boolean> => {
    untils = (await readWatermarks(table, TRADING_DATE, nowMillis())).map(({ until }) => until)
    return untils.length === LANES && untils.every(until => until > 0)
  }
  await until(isStored, 'watermarks of all lanes that count')
  assert.ok(nowMillis() >= addMillis(started, SETTLE_MS), 'not before it has settled')
  assert.ok(untils.every(until => until === end))
  assert.equal((await readAll(table)).length, ticks.length)
})
