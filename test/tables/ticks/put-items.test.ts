import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ScanCommand } from '@aws-sdk/lib-dynamodb'
import {
  addMillis,
  asEpochSeconds,
  asTradingDate,
  type EpochMillis,
  nowMillis,
} from '../../../market/units.ts'
import { putItems } from '../../../tables/ticks/put-items.ts'
import { type PackItem, packItem } from '../../../tables/ticks/ticks-item.ts'
import { createPace, REQUEST_UNITS } from '../../../tables/ticks/write-pace.ts'
import { writeUnits } from '../../../tables/ticks/write-units.ts'
import { refusingClient } from '../../functions/refusing-client.ts'
import { addTicksTable, startTables, type Tables } from '../../functions/tables.ts'

const DATE = asTradingDate(20261120)

let tables: Tables
before(async () => {
  tables = await startTables()
})
after(() => tables[Symbol.asyncDispose]())

const item = (sequence: number, bytes = 100): PackItem =>
  packItem(
    '7203',
    DATE,
    { time: 32_400_000_000, sequence },
    new Uint8Array(bytes),
    asEpochSeconds(1_795_618_800),
  )
const items = (count: number, bytes?: number): PackItem[] =>
  Array.from({ length: count }, (_, index) => item(index + 1, bytes))
/** A pace for which no test has to wait. */
const fastPace = () => createPace(1_000_000)
const inTenSeconds = (): EpochMillis => addMillis(nowMillis(), 10_000)

const countItems = async (table: string): Promise<number> =>
  (await tables.client.send(new ScanCommand({ TableName: table }))).Count ?? 0

test('unprocessed items are sent again until the table has all', async () => {
  const { table } = await addTicksTable(tables)
  // The table takes at most half of each request, but at least one item.
  const { client, requests } = refusingClient<PackItem>(all => all.slice(0, Math.max(1, all.length >> 1)))
  assert.deepEqual(await putItems({ client, table }, items(60), inTenSeconds(), fastPace()), [])
  assert.equal(await countItems(table), 60)
  assert.ok(requests.length > 3)
  client.destroy()
})

test('only the items that the table never takes are returned', async () => {
  const { table } = await addTicksTable(tables)
  const all = items(30)
  const refused = new Set([all[3], all[27]])
  const { client } = refusingClient<PackItem>(request => request.filter(each => !refused.has(each)))
  const left = await putItems({ client, table }, all, addMillis(nowMillis(), 2_000), fastPace())
  assert.deepEqual(new Set(left), refused)
  assert.equal(await countItems(table), 28)
  client.destroy()
})

test('a request has at most 25 items, and at most the units that may be spent at once', async () => {
  const { table } = await addTicksTable(tables)
  const { client, requests } = refusingClient<PackItem>(all => all)
  const large = [item(100, 15_000), item(101, 15_000)]
  await putItems({ client, table }, [...items(70), ...large], inTenSeconds(), fastPace())
  for (const request of requests) {
    assert.ok(request.length <= 25)
    assert.ok(request.reduce((sum, each) => sum + writeUnits(each), 0) <= REQUEST_UNITS)
  }
  assert.equal(await countItems(table), 72)
  client.destroy()
})

test('items whose units the pace does not grant before the deadline are not sent', async () => {
  const { table } = await addTicksTable(tables)
  const { client, requests } = refusingClient<PackItem>(all => all)
  // At one unit a second, the first request would have to wait 25 seconds.
  const slowPace = createPace(REQUEST_UNITS + 1)
  const left = await putItems({ client, table }, items(25), addMillis(nowMillis(), 5_000), slowPace)
  assert.equal(left.length, 25)
  assert.deepEqual(requests, [])
  client.destroy()
})
