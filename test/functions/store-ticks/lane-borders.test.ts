import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb'
import { addBorders, bordersItem, type LaneRange } from '../../../functions/store-ticks/lane-borders.ts'
import { addMillis, asEpochSeconds, asTradingDate, nowMillis } from '../../../market/units.ts'
import { createDynamoDB } from '../../../tables/dynamodb.ts'
import { addTicksTable, startTables, type Tables } from '../tables.ts'

const EXPIRES = asEpochSeconds(4_000_000_000)
const LIMIT_MS = 10_000
const rangeOf = (lane: number, first: number, last: number): LaneRange => ({
  line: 1,
  lane,
  tradingDate: asTradingDate(20261120),
  first,
  last,
})
const bordersAfter = (borders: readonly number[], first: number, last: number): string =>
  bordersItem(rangeOf(0, first, last), borders, EXPIRES).borders

let tables: Tables
before(async () => {
  tables = await startTables()
})
after(() => tables[Symbol.asyncDispose]())

test('a batch adds its last sequence to the borders of its lane', () => {
  assert.equal(bordersAfter([], 1, 10), '10')
  assert.equal(bordersAfter([10], 11, 20), '10,20')
  assert.equal(bordersAfter([10, 20], 11, 20), '10,20')
})

test('only the last of the borders before a batch is kept', () => {
  assert.equal(bordersAfter([10, 20, 30], 31, 40), '30,40')
})

test('all borders within or after a batch that comes again are kept', () => {
  assert.equal(bordersAfter([10, 20, 30, 40], 15, 25), '10,20,25,30,40')
})

test('the borders of each lane are added to those in the table', async () => {
  const table = await addTicksTable(tables)
  const add = (...ranges: LaneRange[]) => addBorders(table, ranges, EXPIRES, addMillis(nowMillis(), LIMIT_MS))
  assert.deepEqual(
    [...(await add(rangeOf(0, 1, 10), rangeOf(1, 2, 9)))],
    [
      ['1-0#20261120', { borders: [10], reached: 0 }],
      ['1-1#20261120', { borders: [9], reached: 0 }],
    ],
  )
  const ofFirstLane = async (first: number, last: number) =>
    (await add(rangeOf(0, first, last))).get('1-0#20261120')
  assert.deepEqual(await ofFirstLane(11, 20), { borders: [10, 20], reached: 10 })
  assert.deepEqual(await ofFirstLane(1, 10), { borders: [10, 20], reached: 20 })
  assert.deepEqual(await ofFirstLane(11, 20), { borders: [10, 20], reached: 20 })
  const { Items = [] } = await table.client.send(new ScanCommand({ TableName: table.table }))
  assert.deepEqual(Items.map(({ key, time, borders }) => `${key} ${time} ${borders}`).sort(), [
    '1-0#borders 20261120 10,20',
    '1-1#borders 20261120 9',
  ])
})

test('a request that the table carries out late takes no later border away', async () => {
  const table = await addTicksTable(tables)
  const add = (range: LaneRange, { client } = table) =>
    addBorders({ client, table: table.table }, [range], EXPIRES, addMillis(nowMillis(), LIMIT_MS))
  const sent: PutCommand[] = []
  const client = createDynamoDB()
  client.middlewareStack.add(
    next => async args => {
      if (sent.length > 0 || !('ConditionExpression' in args.input)) return next(args)
      sent.push(new PutCommand(args.input as PutCommand['input']))
      throw Object.assign(new Error('no answer'), { name: 'TimeoutError' })
    },
    { step: 'initialize' },
  )
  await add(rangeOf(0, 1, 10), { ...table, client })
  await add(rangeOf(0, 11, 20))
  await assert.rejects(table.client.send(sent[0]!), { name: 'ConditionalCheckFailedException' })
  const last = await add(rangeOf(0, 1, 10))
  assert.deepEqual([...last], [['1-0#20261120', { borders: [10, 20], reached: 20 }]])
  client.destroy()
})
