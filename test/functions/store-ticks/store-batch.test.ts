import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ScanCommand } from '@aws-sdk/lib-dynamodb'
import { createEpochFence } from '../../../functions/store-ticks/epoch-fence.ts'
import { storeBatch } from '../../../functions/store-ticks/store-batch.ts'
import { RULES } from '../../../market/calendar/calendar.ts'
import { encodeEvents } from '../../../market/codec/envelope.ts'
import { decodePack } from '../../../market/codec/pack.ts'
import { addMillis, asEpochMillis, nowMillis } from '../../../market/units.ts'
import { createDynamoDB } from '../../../tables/dynamodb.ts'
import type { PackItem } from '../../../tables/ticks/ticks-item.ts'
import type { TicksTable } from '../../../tables/ticks/ticks-table.ts'
import { refusingClient } from '../refusing-client.ts'
import { envelopesOf, openSender, sampleTicks, TRADING_DATE } from '../stored-market.ts'
import { addTicksTable, startTables, type Tables } from '../tables.ts'
import { KEEP_DAYS, recordsOf, store } from './batch-delivery.ts'

let tables: Tables
before(async () => {
  tables = await startTables()
})
after(() => tables[Symbol.asyncDispose]())

test('only the ticks before a bad envelope are stored, and the bad envelope is reported', async () => {
  const table = await addTicksTable(tables)
  const ticks = sampleTicks(30)
  const records = recordsOf(envelopesOf([ticks.slice(0, 10), ticks.slice(10, 20), ticks.slice(20)]))
  const bad = { sequenceNumber: 'bad', bytes: Uint8Array.of(1, 2, 3) }
  const result = await store(table, [...records.slice(0, 2), bad, ...records.slice(2)])
  assert.equal(result.failedFrom, 'bad')
  assert.equal(result.badEnvelope?.name, 'EnvelopeError')
  const items = await packsIn(table)
  const stored = items.flatMap(item => decodePack(item.pack)).map(tick => tick.sequence)
  assert.ok(stored.length > 0)
  assert.ok(stored.every(sequence => ticks.slice(0, 10).some(tick => tick.sequence === sequence)))
})

test('ticks that the table does not take are reported by their first record, and all others are stored', async () => {
  const { table } = await addTicksTable(tables)
  const ticks = sampleTicks(60)
  const records = recordsOf(envelopesOf(ticks.map(tick => [tick])))
  const first = ticks.findIndex(({ board }) => board.issue === '6758')
  assert.ok(first > 0)
  const { client } = refusingClient(items => items.filter(item => !item.key.startsWith('6758')))
  const options = { client, table, calendar: RULES, keepDays: KEEP_DAYS, unitsPerLane: 1_000_000 }
  const { failedFrom, ticks: count } = await storeBatch(
    records,
    options,
    addMillis(nowMillis(), 2_000),
    createEpochFence(),
  )
  assert.equal(failedFrom, records[first]!.sequenceNumber)
  const stored = (await packsIn({ client: tables.client, table })).flatMap(item => decodePack(item.pack))
  const taken = ticks.filter(({ board }) => board.issue !== '6758')
  assert.equal(count, taken.length)
  assert.deepEqual(
    stored.map(({ sequence }) => sequence).toSorted((a, b) => a - b),
    taken.map(({ sequence }) => sequence),
  )
  client.destroy()
})

test('if the borders of a lane cannot be stored, no tick is stored and the whole batch comes again', async () => {
  const { table } = await addTicksTable(tables)
  const records = recordsOf(envelopesOf([sampleTicks(30)]))
  const client = createDynamoDB({ maxAttempts: 1 })
  client.middlewareStack.add(
    next => async args => {
      if (!('ConditionExpression' in args.input)) return next(args)
      throw Object.assign(new Error('too much a second'), { name: 'ThrottlingException' })
    },
    { step: 'initialize' },
  )
  const options = { client, table, calendar: RULES, keepDays: KEEP_DAYS, unitsPerLane: 1_000_000 }
  const storing = storeBatch(records, options, addMillis(nowMillis(), 500), createEpochFence())
  await assert.rejects(storing, { name: 'DeadlineError', message: /ThrottlingException/ })
  const { Items } = await tables.client.send(new ScanCommand({ TableName: table }))
  assert.deepEqual(Items, [])
  client.destroy()
})

test('a table that cannot be reached at first is tried again', async () => {
  const name = 'ticks-later'
  const records = recordsOf(envelopesOf([sampleTicks(30)]))
  const storing = store({ client: tables.client, table: name }, records)
  await assert.rejects(tables.client.send(new ScanCommand({ TableName: name })), {
    name: 'ResourceNotFoundException',
  })
  const [result, table] = await Promise.all([storing, addTicksTable(tables, name)])
  assert.equal(result.ticks, 30)
  assert.equal((await packsIn(table)).length, result.packs)
})

test('envelopes of events are acknowledged and store nothing', async () => {
  const table = await addTicksTable(tables)
  const header = {
    line: 1,
    lane: 0,
    epoch: asEpochMillis(1),
    counter: 1,
    tradingDate: TRADING_DATE,
    position: 0,
    reached: 0,
  }
  const result = await store(table, recordsOf([encodeEvents(header, [])]))
  assert.deepEqual(result, { ticks: 0, packs: 0, units: 0 })
  assert.deepEqual(await packsIn(table), [])
})

test('all items of a day expire together, at the midnight in Tokyo after KEEP_DAYS days', async () => {
  const table = await addTicksTable(tables)
  const before = Date.now()
  await store(table, recordsOf(envelopesOf([sampleTicks(30)])))
  const items = (await table.client.send(new ScanCommand({ TableName: table.table }))).Items ?? []
  const [expires, ...others] = new Set(items.map(item => item.expires as number))
  assert.deepEqual(others, [])
  assert.equal((expires! + 9 * 3600) % 86_400, 0)
  assert.ok(expires! * 1000 > before + KEEP_DAYS * 86_400_000)
  assert.ok(expires! * 1000 <= Date.now() + (KEEP_DAYS + 1) * 86_400_000)
})

test('a tick that comes twice is stored once: with its trade, else without the mark of a loss', async () => {
  const table = await addTicksTable(tables)
  const traded = sampleTicks(40).find(tick => tick.trade !== undefined)!
  const { trade, ...quiet } = traded
  const snapshot = { ...quiet, lost: true as const }
  for (const order of [
    [snapshot, traded],
    [traded, snapshot],
  ]) {
    await store(table, recordsOf(envelopesOf(order.map(tick => [tick]))))
    const items = await packsIn(table)
    assert.deepEqual(
      items.flatMap(item => decodePack(item.pack)).map(tick => [tick.trade, tick.lost]),
      [[trade, undefined]],
    )
  }
  for (const order of [
    [snapshot, quiet],
    [quiet, snapshot],
  ]) {
    const other = await addTicksTable(tables)
    await store(other, recordsOf([openSender(1).send([order[0]!]), openSender(1).send([order[1]!])].flat()))
    const [item] = await packsIn(other)
    assert.deepEqual(
      decodePack(item!.pack).map(tick => tick.lost),
      [undefined],
    )
  }
})

/** Returns the items of packs in a table. */
async function packsIn({ client, table }: TicksTable): Promise<PackItem[]> {
  const { Items = [] } = await client.send(new ScanCommand({ TableName: table }))
  return Items.filter(item => 'pack' in item) as PackItem[]
}
