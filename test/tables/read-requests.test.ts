import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { PutCommand } from '@aws-sdk/lib-dynamodb'
import { encodePack } from '../../market/codec/pack.ts'
import { addMillis, asEpochSeconds, asTradingDate, nowMillis } from '../../market/units.ts'
import { readRoom } from '../../tables/connections/connections-table.ts'
import { createDynamoDB, getItem, getItems } from '../../tables/dynamodb.ts'
import { hasDays } from '../../tables/ticks/day-items.ts'
import { stepsBetween, tickAsOf } from '../../tables/ticks/read-ticks.ts'
import { packItem } from '../../tables/ticks/ticks-item.ts'
import { query } from '../../tables/ticks/ticks-table.ts'
import { sampleTicks, TRADING_DATE } from '../functions/stored-market.ts'
import { addTicksTable, startTables, TABLES, type Tables } from '../functions/tables.ts'

// The stand-in for DynamoDB answers every read consistently, so consistency shows in the requests only.

const ISSUE = '7203'
const TICKS = sampleTicks(1_000).filter(({ board }) => board.issue === ISSUE)
const FAR = asEpochSeconds(4_000_000_000)

let tables: Tables
before(async () => {
  tables = await startTables()
})
after(() => tables[Symbol.asyncDispose]())

interface Request {
  readonly ConsistentRead?: boolean
  readonly Limit?: number
  readonly ScanIndexForward?: boolean
  readonly RequestItems?: Readonly<
    Record<string, { readonly Keys: readonly object[]; readonly ConsistentRead?: boolean }>
  >
}

/** A client, and the requests that it has sent. */
function observed() {
  const client = createDynamoDB()
  const requests: Request[] = []
  client.middlewareStack.add(
    next => args => {
      requests.push(args.input as Request)
      return next(args)
    },
    { step: 'initialize' },
  )
  return { client, requests }
}

test('an item, items and a room are read consistently', async () => {
  const { client, requests } = observed()
  const boards = { client, table: TABLES.BOARDS_TABLE }
  await getItem(boards, { id: 'a' })
  await getItems(boards, [{ id: 'a' }])
  await readRoom({ client, table: TABLES.CONNECTIONS_TABLE }, 'room-0')
  const [item, items, room] = requests
  assert.equal(item?.ConsistentRead, true)
  assert.equal(items?.RequestItems?.[TABLES.BOARDS_TABLE]?.ConsistentRead, true)
  assert.equal(room?.ConsistentRead, true)
})

test('ticks are read consistently only where the caller asks for it', async () => {
  const { client, requests } = observed()
  const table = { client, table: TABLES.TICKS_TABLE }
  await tickAsOf(table, ISSUE, TRADING_DATE, 1)
  await tickAsOf({ ...table, consistent: true }, ISSUE, TRADING_DATE, 1)
  assert.deepEqual(
    requests.map(({ ConsistentRead }) => ConsistentRead),
    [false, true],
  )
})

test('100 keys go into one request', async () => {
  const { client, requests } = observed()
  const keys = Array.from({ length: 201 }, (_, index) => ({ id: `key-${index}` }))
  await getItems({ client, table: TABLES.BOARDS_TABLE }, keys)
  const sizes = requests.map(({ RequestItems }) => RequestItems?.[TABLES.BOARDS_TABLE]?.Keys.length)
  assert.deepEqual(sizes.toSorted(), [1, 100, 100])
})

test('eight requests of a read are in flight at once', async () => {
  const client = createDynamoDB()
  const { promise, resolve } = Promise.withResolvers<void>()
  let requests = 0
  client.middlewareStack.add(
    next => async args => {
      requests++
      await promise
      return next(args)
    },
    { step: 'initialize' },
  )
  const keys = Array.from({ length: 901 }, (_, index) => ({ id: `key-${index}` }))
  const reading = getItems({ client, table: TABLES.BOARDS_TABLE }, keys)
  await new Promise(setImmediate)
  assert.equal(requests, 8)
  resolve()
  assert.deepEqual(await reading, [])
  assert.equal(requests, 10)
})

test('the last tick at a time costs one pack, and a day that may exist one item', async () => {
  const { client, requests } = observed()
  const table = { client, table: TABLES.TICKS_TABLE }
  await tickAsOf(table, ISSUE, TRADING_DATE, 1)
  await hasDays(table, ISSUE, TRADING_DATE)
  assert.deepEqual(
    requests.map(({ Limit, ScanIndexForward }) => [Limit, ScanIndexForward]),
    [
      [1, false],
      [1, false],
    ],
  )
})

test('a range is read in order by pages of 2, 4, 8, 16 and then 32 packs', async () => {
  const table = await addTicksTable(tables)
  for (const tick of TICKS.slice(0, 100)) {
    const Item = packItem(ISSUE, TRADING_DATE, tick, encodePack([tick]), FAR)
    await tables.client.send(new PutCommand({ TableName: table.table, Item }))
  }
  const { client, requests } = observed()
  let count = 0
  const start = { time: 0, sequence: 0 }
  for await (const _ of stepsBetween({ ...table, client }, ISSUE, TRADING_DATE, start, TICKS[99]!.time))
    count++
  assert.equal(count, 100)
  const [first, ...pages] = requests
  assert.equal(first?.ScanIndexForward, false)
  assert.deepEqual(
    pages.map(({ Limit }) => Limit),
    [2, 4, 8, 16, 32, 32, 32],
  )
  assert.ok(pages.every(({ ScanIndexForward }) => ScanIndexForward === true))
})

test('an item is not read from the second on in which it expires', async t => {
  const table = await addTicksTable(tables)
  const date = asTradingDate(20261120)
  const expires = asEpochSeconds(1_800_000_000)
  const Item = packItem(ISSUE, date, { time: 1, sequence: 1 }, encodePack(TICKS.slice(0, 1)), expires)
  await tables.client.send(new PutCommand({ TableName: table.table, Item }))
  const count = async (): Promise<number> =>
    (await query(table, Item.key, { condition: '#key = :key AND #time > :from', values: { ':from': '0' } }))
      .items.length
  t.mock.timers.enable({ apis: ['Date'], now: 1_799_999_999_999 })
  assert.equal(await count(), 1)
  t.mock.timers.tick(1)
  assert.equal(await count(), 0)
})

test('a read of many items ends after three seconds, if the caller sets no deadline', async () => {
  const client = createDynamoDB()
  client.middlewareStack.add(
    () => async args => {
      const { RequestItems: UnprocessedKeys } = args.input as { RequestItems: unknown }
      return { output: { $metadata: {}, UnprocessedKeys }, response: {} }
    },
    { step: 'initialize' },
  )
  const boards = { client, table: TABLES.BOARDS_TABLE }
  const start = performance.now()
  const given = getItems(boards, [{ id: 'a' }], addMillis(nowMillis(), 100)).catch(
    () => performance.now() - start,
  )
  const usual = getItems(boards, [{ id: 'a' }]).catch(() => performance.now() - start)
  const [short, long] = (await Promise.all([given, usual])) as [number, number]
  assert.ok(short < 1_000, `${short} ms`)
  // The wait that would pass the deadline is at most 1.6 s long, because waits double from 25 ms on.
  assert.ok(long > 1_300 && long < 3_500, `${long} ms`)
})
