import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ScanCommand } from '@aws-sdk/client-dynamodb'
import { asTradingDate } from '../../../market/units.ts'
import type { Item } from '../../../tables/dynamodb.ts'
import { putItems } from '../../../tables/ticks/put-items.ts'
import { packItem } from '../../../tables/ticks/ticks-item.ts'
import { createPace, REQUEST_UNITS } from '../../../tables/ticks/write-pace.ts'
import { writeUnits } from '../../../tables/ticks/write-units.ts'
import { refusingClient } from '../../functions/refusing-client.ts'
import { addTicksTable, startTables, type Tables } from '../../functions/tables.ts'

let tables: Tables
before(async () => {
  tables = await startTables()
})
after(() => tables[Symbol.asyncDispose]())

const item = (sequence: number, bytes = 100): Item =>
  packItem(
    '7203',
    asTradingDate(20261120),
    { time: 32_400_000_000, sequence },
    new Uint8Array(bytes),
    1_795_618_800,
  )
const items = (count: number, bytes?: number): Item[] =>
  Array.from({ length: count }, (_, index) => item(index + 1, bytes))
const fast = () => createPace(1_000_000)
const soon = (): number => Date.now() + 10_000

const storedIn = async (table: string): Promise<number> =>
  (await tables.client.send(new ScanCommand({ TableName: table }))).Count ?? 0

test('what comes back unprocessed is sent again until the table has all', async () => {
  const { table } = await addTicksTable(tables)
  // At least one is taken, and at most half.
  const { client, asked } = refusingClient(all => all.slice(0, Math.max(1, all.length >> 1)))
  assert.deepEqual(await putItems(client, table, items(60), soon(), fast()), [])
  assert.equal(await storedIn(table), 60)
  assert.ok(asked.length > 3)
  client.destroy()
})

test('what the table never takes is told, and only that', async () => {
  const { table } = await addTicksTable(tables)
  const all = items(30)
  const refused = new Set([all[3], all[27]])
  const { client } = refusingClient(some => some.filter(each => !refused.has(each)))
  const left = await putItems(client, table, all, Date.now() + 2_000, fast())
  assert.deepEqual(new Set(left), refused)
  assert.equal(await storedIn(table), 28)
  client.destroy()
})

test('a request has no more units than are paid for at once, and no more than 25 items', async () => {
  const { table } = await addTicksTable(tables)
  const { client, asked } = refusingClient(all => all)
  await putItems(client, table, [...items(70), item(100, 15_000), item(101, 15_000)], soon(), fast())
  for (const request of asked) {
    assert.ok(request.length <= 25)
    assert.ok(request.reduce((sum, each) => sum + writeUnits(each), 0) <= REQUEST_UNITS)
  }
  assert.equal(await storedIn(table), 72)
  client.destroy()
})

test('what cannot be paid for before the deadline is not sent', async () => {
  const { table } = await addTicksTable(tables)
  const { client, asked } = refusingClient(all => all)
  // One unit a second: the first request would go out in 25 seconds.
  const left = await putItems(client, table, items(25), Date.now() + 5_000, createPace(REQUEST_UNITS + 1))
  assert.equal(left.length, 25)
  assert.deepEqual(asked, [])
  client.destroy()
})
