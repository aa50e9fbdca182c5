import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deflateRawSync } from 'node:zlib'
import type { IssueMaster } from '../../../market/market-event.ts'
import { asTradingDate, type TradingDate } from '../../../market/units.ts'
import { type MasterParts, masterHeadId, masterPartIds } from '../../../tables/boards/board-items.ts'
import { createMaster } from '../../../tables/boards/master-list.ts'
import { createDynamoDB, putItem } from '../../../tables/dynamodb.ts'
import { startTables, TABLES, type Tables } from '../../functions/tables.ts'

const FRIDAY = asTradingDate(20261120)
const MONDAY = asTradingDate(20261124)
const SATURDAY = asTradingDate(20261121)

const issueOf = (code: string): IssueMaster => ({
  code,
  name: `銘柄${code}`,
  section: 'プライム',
  unit: 100,
  basePrice: 10_000_000,
  topix500: false,
})

/** An empty boards table, and a reader of its master. `keys` has the ids of each request of the reader. */
async function openTable() {
  const tables: Tables = await startTables()
  const client = createDynamoDB()
  const keys: string[][] = []
  const state = { beforeParts: async () => {}, isReversed: false }
  client.middlewareStack.add(
    next => async args => {
      const { RequestItems } = args.input as { RequestItems: Record<string, { Keys: { id: string }[] }> }
      const ids = RequestItems[TABLES.BOARDS_TABLE]!.Keys.map(({ id }) => id)
      keys.push(ids)
      if (ids[0] !== masterHeadId(1)) await state.beforeParts()
      const answer = await next(args)
      const { Responses } = answer.output as unknown as { Responses: Record<string, object[]> }
      if (state.isReversed) Responses[TABLES.BOARDS_TABLE]?.reverse()
      return answer
    },
    { step: 'initialize' },
  )
  const boards = { client: tables.client, table: TABLES.BOARDS_TABLE }
  const master = createMaster({ client, table: TABLES.BOARDS_TABLE })
  return {
    keys,
    state,
    master,
    codes: async () => (await master.read()).map(({ code }) => code).sort(),
    /** Stores the head of a line's list. */
    async putHead(names: MasterParts, count: number): Promise<void> {
      await putItem(boards, { id: masterHeadId(names.line), head: JSON.stringify({ ...names, count }) })
    },
    /** Stores the part of a list with one issue. */
    async putPart(names: MasterParts, part: number, code: string): Promise<void> {
      const issues = deflateRawSync(JSON.stringify([issueOf(code)]))
      await putItem(boards, { id: masterPartIds(names)[part]!, issues, count: 1 })
    },
    [Symbol.asyncDispose]: () => tables[Symbol.asyncDispose](),
  }
}

const namesOf = (
  line: number,
  version: string,
  tradingDate: TradingDate = FRIDAY,
  parts = 1,
): MasterParts => ({
  line,
  tradingDate,
  parts,
  generation: 1,
  version,
})

test('the list has the issues of all parts and lines, and the line of each; parts are read only after a change', async () => {
  await using table = await openTable()
  assert.deepEqual([await table.codes(), table.master.lineOf('1301')], [[], undefined])
  const [one, three] = [namesOf(1, 'a', FRIDAY, 2), namesOf(3, 'b')]
  await table.putPart(one, 0, '1301')
  await table.putPart(one, 1, '1302')
  await table.putPart(three, 0, '3001')
  await table.putHead(three, 1)
  await table.putHead(one, 2)
  table.keys.length = 0
  assert.deepEqual(await table.codes(), ['1301', '1302', '3001'])
  assert.deepEqual(await table.master.read(), await table.master.read())
  assert.deepEqual(
    ['1301', '1302', '3001', '9999'].map(code => table.master.lineOf(code)),
    [1, 1, 3, undefined],
  )
  const heads = ['issues#1', 'issues#2', 'issues#3']
  const parts = ['issues#1#20261120#1-a#0', 'issues#1#20261120#1-a#1', 'issues#3#20261120#1-b#0']
  assert.deepEqual(table.keys, [heads, parts, heads, heads])
  const next = namesOf(3, 'c')
  await table.putPart(next, 0, '3002')
  await table.putHead(next, 1)
  assert.deepEqual(await table.codes(), ['1301', '1302', '3002'])
  assert.deepEqual(
    ['3001', '3002'].map(code => table.master.lineOf(code)),
    [undefined, 3],
  )
})

test('the date of an issue is the date of the list of its line', async () => {
  await using table = await openTable()
  const monday = asTradingDate(20261124)
  const [one, three] = [namesOf(1, 'a'), namesOf(3, 'b', monday)]
  await table.putPart(one, 0, '1301')
  await table.putPart(three, 0, '3001')
  await table.putHead(one, 1)
  await table.putHead(three, 1)
  await table.codes()
  assert.deepEqual(
    ['1301', '3001', '9999'].map(code => table.master.dateOf(code)),
    [FRIDAY, monday, undefined],
  )
})

test('the order in which the table answers does not matter', async () => {
  await using table = await openTable()
  for (const line of [1, 2, 3]) {
    const names = namesOf(line, 'a')
    await table.putPart(names, 0, `${line}001`)
    await table.putHead(names, 1)
  }
  await table.codes()
  table.keys.length = 0
  table.state.isReversed = true
  await table.codes()
  assert.equal(table.keys.length, 1)
})

test('the parts of a list that was stored before lists were counted have names without a hash', async () => {
  await using table = await openTable()
  const names: MasterParts = { line: 2, tradingDate: FRIDAY, parts: 1, version: 'a' }
  await table.putPart(names, 0, '2001')
  await table.putHead(names, 1)
  assert.deepEqual(await table.codes(), ['2001'])
  assert.deepEqual(table.keys[1], ['issues#2#20261120#0'])
})

test('a list that is replaced while it is read is read again', async () => {
  await using table = await openTable()
  const [old, next] = [namesOf(1, 'old'), namesOf(1, 'next')]
  await table.putHead(old, 1)
  await table.putPart(next, 0, '1302')
  table.state.beforeParts = () => table.putHead(next, 1)
  assert.deepEqual(await table.codes(), ['1302'])
})

test('a list whose parts are missing is an error after five attempts, and the list before stays', async () => {
  await using table = await openTable()
  const first = namesOf(1, 'first')
  await table.putPart(first, 0, '1301')
  await table.putHead(first, 1)
  await table.codes()
  await table.putHead(namesOf(1, 'next'), 1)
  table.keys.length = 0
  await assert.rejects(table.master.read(), {
    message: 'expected all parts of the issue master in boards, some were missing in 5 attempts',
  })
  assert.equal(table.keys.length, 10)
  assert.equal(table.master.lineOf('1301'), 1)
})

test('the list is complete for a date if each of the three lines has sent its list of this or a later date', async () => {
  await using table = await openTable()
  const isComplete = async (date: TradingDate): Promise<boolean> => {
    await table.master.read()
    return table.master.isComplete(date)
  }
  const put = async (line: number, date: TradingDate): Promise<void> => {
    const names = namesOf(line, 'a', date)
    await table.putPart(names, 0, `${line}001`)
    await table.putHead(names, 1)
  }
  assert.equal(await isComplete(FRIDAY), false)
  await put(1, FRIDAY)
  await put(2, MONDAY)
  assert.equal(await isComplete(FRIDAY), false)
  await put(3, FRIDAY)
  assert.deepEqual([await isComplete(FRIDAY), await isComplete(SATURDAY)], [true, false])
  await put(1, MONDAY)
  await put(3, MONDAY)
  assert.deepEqual([await isComplete(FRIDAY), await isComplete(MONDAY)], [true, true])
})
