import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ScanCommand } from '@aws-sdk/client-dynamodb'
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { createMasterWriter } from '../../../functions/broadcast/master-writer.ts'
import type { EventOf, IssueMaster } from '../../../market/market-event.ts'
import type { IssuesEvent } from '../../../market/protocol.ts'
import { asTradingDate, type TradingDate } from '../../../market/units.ts'
import { createMaster, type Master } from '../../../tables/boards/master-list.ts'
import { createDynamoDB } from '../../../tables/dynamodb.ts'
import { startTables, TABLES, type Tables } from '../tables.ts'

let tables: Tables
let master: Master
before(async () => {
  tables = await startTables()
  master = createMaster(boards())
})
after(() => tables[Symbol.asyncDispose]())

const boards = (client?: DynamoDBDocumentClient) => ({
  client: client ?? tables.client,
  table: TABLES.BOARDS_TABLE,
})
const TODAY = asTradingDate(20261120)
const MONDAY = asTradingDate(20261124)

const issueOf = (code: number, name = ''): IssueMaster => ({
  code: String(code),
  name,
  section: 'プライム',
  unit: 100,
  basePrice: 10_000_000,
  topix500: false,
})

/** Splits the master of a line into parts of two issues. */
function partsOf(
  line: number,
  tradingDate: TradingDate,
  issues: readonly IssueMaster[],
): EventOf<'issues'>[] {
  const parts = Math.ceil(issues.length / 2)
  return Array.from({ length: parts }, (_, part) => ({
    type: 'issues',
    line,
    tradingDate,
    part,
    parts,
    issues: issues.slice(2 * part, 2 * part + 2),
  }))
}

/** An environment of broadcast. `play` takes the parts of one round. */
function environment(client?: DynamoDBDocumentClient) {
  const warnings: string[] = []
  const writer = createMasterWriter(boards(client), message => warnings.push(message))
  return {
    warnings,
    async play(...parts: EventOf<'issues'>[]): Promise<IssuesEvent[]> {
      for (const part of parts) writer.take(part)
      writer.start()
      await writer.settled()
      return writer.takeEvents()
    },
  }
}

/** Returns whether a request puts the head of a list. */
const isHead = (input: object): boolean => 'Item' in input && 'head' in (input.Item as object)

/** A client that fails the requests for which `state.fails` returns true; `state.after`: after the table has run them. */
function failingClient() {
  const client = createDynamoDB({ maxAttempts: 1 })
  const state = {
    fails: (_command: string, _input: object): boolean => false,
    after: false,
    requests: 0,
    /** Runs before each request. */
    before: async (_command: string, _input: object) => {},
  }
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      async args => {
        state.requests++
        await state.before(commandName, args.input)
        const isFailing = state.fails(commandName, args.input)
        if (isFailing && !state.after) throw new Error('away')
        const answer = await next(args)
        if (isFailing) throw new Error('no answer')
        return answer
      },
    { step: 'initialize' },
  )
  return { client, state }
}

const listed = async (): Promise<string[]> => (await master.read()).map(({ code }) => code).sort()
async function itemIds(): Promise<string[]> {
  const { Items } = await tables.client.send(new ScanCommand({ TableName: TABLES.BOARDS_TABLE }))
  return (Items ?? []).map(({ id }) => id?.S ?? '').sort()
}
/** Ids without the hash of a list: `issues#1#20261124#2#0`. */
const shortIds = async (): Promise<string[]> => (await itemIds()).map(id => id.replace(/-[\w-]{16}#/, '#'))

test('a list is new, and reported once, when its last missing part arrives', async () => {
  const { play } = environment()
  const codes = [1301, 1302, 1303, 1304, 1305]
  const [first, second, third] = partsOf(
    1,
    TODAY,
    codes.map(code => issueOf(code)),
  )
  assert.deepEqual(await play(third!), [])
  assert.deepEqual(await play(first!), [])
  assert.deepEqual(await listed(), [])
  assert.deepEqual(await itemIds(), [])
  const expected = { type: 'issues', line: 1, date: '2026-11-20', count: 5 }
  assert.deepEqual(await play(second!), [expected])
  assert.deepEqual(await listed(), codes.map(String))
  // A task repeats the list, also to another environment.
  assert.deepEqual(await play(first!, second!, third!), [])
  assert.deepEqual(await environment().play(first!, second!, third!), [])
})

test('the shorter list of the next date replaces the old list, and all old parts are deleted', async () => {
  const { play } = environment()
  await play(...partsOf(2, TODAY, [issueOf(2001)]))
  const [first, second] = partsOf(
    1,
    MONDAY,
    [1301, 1303, 1309].map(code => issueOf(code)),
  )
  assert.deepEqual(await play(first!), [])
  assert.deepEqual(await listed(), ['1301', '1302', '1303', '1304', '1305', '2001'])
  const expected = { type: 'issues', line: 1, date: '2026-11-24', count: 3 }
  assert.deepEqual(await play(second!), [expected])
  assert.deepEqual(await listed(), ['1301', '1303', '1309', '2001'])
  assert.deepEqual(await shortIds(), [
    'issues#1',
    `issues#1#${MONDAY}#2#0`,
    `issues#1#${MONDAY}#2#1`,
    'issues#2',
    `issues#2#${TODAY}#1#0`,
  ])
})

test('a list of an older date is ignored', async () => {
  const before = await itemIds()
  assert.deepEqual(await environment().play(...partsOf(1, TODAY, [issueOf(1301), issueOf(1302)])), [])
  assert.deepEqual(await itemIds(), before)
})

test('a list that is corrected within its date is reported again', async () => {
  const corrected = [issueOf(1301, '極洋'), issueOf(1303)]
  const expected = { type: 'issues', line: 1, date: '2026-11-24', count: 2 }
  assert.deepEqual(await environment().play(...partsOf(1, MONDAY, corrected)), [expected])
  assert.deepEqual(
    (await master.read()).filter(({ code }) => code.startsWith('13')),
    corrected,
  )
  assert.deepEqual(
    (await shortIds()).filter(id => id.startsWith('issues#1#')),
    [`issues#1#${MONDAY}#3#0`],
  )
})

test('while a corrected list is written, and after its writer has died, readers get the old list', async () => {
  const old = partsOf(
    3,
    TODAY,
    [3001, 3002, 3003].map(code => issueOf(code)),
  )
  await environment().play(...old)
  const ofThree = async (): Promise<IssueMaster[]> =>
    (await createMaster(boards()).read())
      .filter(({ code }) => code.startsWith('30'))
      .sort((a, b) => (a.code < b.code ? -1 : 1))
  const corrected = [3001, 3002, 3003].map(code => issueOf(code, '新'))
  const { client, state } = failingClient()
  // The first part and the head are not taken.
  let puts = 0
  state.fails = command => command === 'PutItemCommand' && puts++ !== 1
  const dying = environment(client)
  assert.deepEqual(await dying.play(...partsOf(3, TODAY, corrected)), [])
  assert.deepEqual(dying.warnings, ['an issue master could not be stored'])
  assert.equal(puts, 2)
  assert.deepEqual(
    await ofThree(),
    old.flatMap(({ issues }) => issues),
  )
  const expected = { type: 'issues', line: 3, date: '2026-11-20', count: 3 }
  assert.deepEqual(await environment().play(...partsOf(3, TODAY, corrected)), [expected])
  assert.deepEqual(await ofThree(), corrected)
})

test('a list whose head was stored without an answer is reported, and its old parts are deleted', async () => {
  const { client, state } = failingClient()
  const { play } = environment(client)
  state.fails = (command, input) => command === 'PutItemCommand' && isHead(input)
  state.after = true
  const list = partsOf(3, MONDAY, [issueOf(3009)])
  assert.deepEqual(await play(...list), [])
  state.fails = () => false
  const expected = { type: 'issues', line: 3, date: '2026-11-24', count: 1 }
  assert.deepEqual(await play(), [expected])
  assert.deepEqual(await play(), [])
  assert.equal((await itemIds()).filter(id => id.startsWith('issues#3#')).length, 1)
})

test('a list is reported although its old parts cannot be deleted; a later round deletes them', async () => {
  const { client, state } = failingClient()
  const { play, warnings } = environment(client)
  state.fails = command => command === 'BatchWriteItemCommand'
  const later = asTradingDate(20261125)
  assert.deepEqual(await play(...partsOf(3, later, [issueOf(3010)])), [
    { type: 'issues', line: 3, date: '2026-11-25', count: 1 },
  ])
  assert.deepEqual(warnings, ['parts of an old issue master could not be deleted'])
  assert.ok((await listed()).includes('3010'))
  state.fails = () => false
  await play()
  assert.equal((await itemIds()).filter(id => id.startsWith('issues#3#')).length, 1)
})

test('parts that a dead environment did not delete are deleted with the next list', async () => {
  const { client, state } = failingClient()
  state.fails = command => command === 'BatchWriteItemCommand'
  await environment(client).play(...partsOf(3, asTradingDate(20261126), [issueOf(3011)]))
  await environment().play(...partsOf(3, asTradingDate(20261127), [issueOf(3012)]))
  assert.equal((await itemIds()).filter(id => id.startsWith('issues#3#')).length, 1)
  assert.ok((await listed()).includes('3012'))
})

test('a repeated list costs no request for thirty seconds; then it is written again if the table has lost it', async t => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() })
  const { client, state } = failingClient()
  const { play } = environment(client)
  const list = partsOf(2, MONDAY, [issueOf(2001), issueOf(2002)])
  await play(...list)
  const before = state.requests
  t.mock.timers.tick(29_999)
  await play(...list)
  assert.equal(state.requests, before)
  await environment().play(...partsOf(2, MONDAY, [issueOf(2009)]))
  t.mock.timers.tick(1)
  await play(...list)
  const codes = await listed()
  assert.deepEqual(
    codes.filter(code => code.startsWith('200')),
    ['2001', '2002'],
  )
})

test('a list that fails again and again is one warning; parts that the table has are not put again', async () => {
  const { client, state } = failingClient()
  const { play, warnings } = environment(client)
  let puts = 0
  state.fails = (command, input) => {
    if (command === 'PutItemCommand') puts++
    return command === 'PutItemCommand' && isHead(input)
  }
  await play(
    ...partsOf(
      2,
      asTradingDate(20261125),
      [2001, 2002, 2003].map(code => issueOf(code)),
    ),
  )
  await play()
  assert.deepEqual([puts, warnings], [4, ['an issue master could not be stored']])
  state.fails = () => false
  const expected = { type: 'issues', line: 2, date: '2026-11-25', count: 3 }
  assert.deepEqual(await play(), [expected])
})

test('a list is written in a later round if another environment has changed the head meanwhile', async () => {
  const date = asTradingDate(20261126)
  const { client, state } = failingClient()
  const { play, warnings } = environment(client)
  state.before = async (_, input) => {
    if (!isHead(input)) return
    state.before = async () => {}
    await environment().play(...partsOf(2, date, [issueOf(2004)]))
  }
  assert.deepEqual(await play(...partsOf(2, date, [issueOf(2005), issueOf(2006)])), [])
  assert.deepEqual(warnings, ['an issue master could not be stored'])
  assert.ok((await listed()).includes('2004'))
  assert.deepEqual(await play(), [{ type: 'issues', line: 2, date: '2026-11-26', count: 2 }])
  assert.deepEqual(
    (await listed()).filter(code => code.startsWith('200')),
    ['2005', '2006'],
  )
})

test('the old parts are deleted by requests of 25; those that the table does not take, by a later round', async () => {
  const codes = Array.from({ length: 52 }, (_, index) => issueOf(2100 + index))
  await environment().play(...partsOf(2, asTradingDate(20261127), codes))
  const { client, state } = failingClient()
  const { play, warnings } = environment(client)
  const deletes: number[] = []
  state.fails = (command, input) => {
    if (command !== 'BatchWriteItemCommand') return false
    const { RequestItems } = input as { RequestItems: Record<string, unknown[]> }
    deletes.push(RequestItems[TABLES.BOARDS_TABLE]!.length)
    return deletes.length === 2
  }
  await play(...partsOf(2, asTradingDate(20261130), [issueOf(2001)]))
  // The 26 parts of the old list, and the part of the list before it, which may be left.
  assert.deepEqual(deletes, [25, 2])
  assert.equal(warnings.length, 1)
  await play()
  assert.deepEqual(deletes, [25, 2, 2])
  assert.equal((await itemIds()).filter(id => id.startsWith('issues#2#20261127')).length, 0)
})
