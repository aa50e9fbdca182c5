import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { openConnection } from '../../../functions/message/open-connection.ts'
import { addIssues, removeIssues, TooManyIssues } from '../../../functions/message/subscriptions.ts'
import { VIEWS, type View } from '../../../market/view.ts'
import { subscriptionsOf } from '../../../tables/connections/connection-reading.ts'
import {
  addConnection,
  type ConnectionItem,
  type ConnectionsTable,
} from '../../../tables/connections/connections-table.ts'
import { createDynamoDB } from '../../../tables/dynamodb.ts'
import { startTables, TABLES, type Tables } from '../tables.ts'

const ROOM = 'room-0'
const codes = (count: number, from = 1000): string[] =>
  Array.from({ length: count }, (_, index) => String(from + index))

let tables: Tables
let connections: ConnectionsTable
before(async () => {
  tables = await startTables()
  connections = { client: tables.client, table: TABLES.CONNECTIONS_TABLE }
})
after(() => tables[Symbol.asyncDispose]())

let count = 0
async function open() {
  const app = `app-${++count}`
  await addConnection(connections, ROOM, app)
  return {
    add: (issues: readonly string[], view: View) => addIssues(connections, ROOM, app, issues, view),
    remove: (issues: readonly string[]) => removeIssues(connections, ROOM, app, issues),
    item: () => openConnection(connections, ROOM, app),
  }
}

const viewsOf = (item: ConnectionItem) => Object.fromEntries(subscriptionsOf(item))

test('an issue has the view of its last subscription, in the item that the subscription returns', async () => {
  const { add, remove, item } = await open()
  assert.deepEqual(viewsOf(await item()), {})
  assert.deepEqual(viewsOf(await add(['7203', '6758'], 'board')), { 7203: 'board', 6758: 'board' })
  assert.deepEqual(viewsOf(await add(['6758', '130A'], 'quote')), {
    7203: 'board',
    6758: 'quote',
    '130A': 'quote',
  })
  const views = { 7203: 'quote-trades', 6758: 'quote-trades', '130A': 'quote' }
  const added = await add(['6758', '7203'], 'quote-trades')
  assert.deepEqual(viewsOf(added), views)
  assert.deepEqual(await item(), added)
  await remove(['130A', '6758'])
  assert.deepEqual(viewsOf(await item()), { 7203: 'quote-trades' })
  assert.deepEqual(viewsOf(await add(['7203'], 'quote')), { 7203: 'quote' })
  assert.deepEqual(viewsOf(await add(['7203'], 'board')), { 7203: 'board' })
  await remove(['7203'])
  const { issues, quotes, quotesWithTrades } = await item()
  assert.deepEqual([issues, quotes, quotesWithTrades], [undefined, undefined, undefined])
})

test('a connection holds 200 boards and 1,000 quotes, and changes the views of any of them', async () => {
  const { add, item } = await open()
  await add(codes(200), 'board')
  await add(codes(600, 2000), 'quote')
  await add(codes(400, 2600), 'quote-trades')
  assert.equal(subscriptionsOf(await item()).size, 1_200)
  const message = 'expected at most 1000 issues in view quote, got 1000 and 1 more'
  for (const view of ['quote', 'quote-trades'] as const) {
    await assert.rejects(add(['1000'], view), { name: 'TooManyIssues', message })
    await assert.rejects(add(['9999', '2000'], view), { name: 'TooManyIssues', message })
  }
  await assert.rejects(add(['2000'], 'board'), {
    name: 'TooManyIssues',
    message: 'expected at most 200 issues in view board, got 200 and 1 more',
  })
  await add(codes(1_000, 2000), 'quote-trades')
  assert.equal((await item()).quotesWithTrades?.size, 1_000)
  await add(codes(1_000, 2000), 'quote')
  const { issues, quotes, quotesWithTrades } = await item()
  assert.deepEqual([issues?.size, quotes?.size, quotesWithTrades], [200, 1_000, undefined])
})

test('more issues than a view takes are refused at once, although the connection has none', async () => {
  const { add, item } = await open()
  await assert.rejects(add(codes(201), 'board'), TooManyIssues)
  await assert.rejects(add(codes(1_001), 'quote-trades'), TooManyIssues)
  assert.deepEqual(viewsOf(await item()), {})
})

test('additions at the same time never exceed the limit of a view', async () => {
  const { add, remove, item } = await open()
  await add(codes(190), 'board')
  const additions = Array.from({ length: 8 }, (_, index) => add(codes(4, 3000 + 4 * index), 'board'))
  const removals = [remove(codes(2)), remove(codes(2, 1002))]
  const results = await Promise.allSettled([...additions, ...removals])
  for (const result of results)
    if (result.status === 'rejected') assert.ok(result.reason instanceof TooManyIssues, String(result.reason))
  const held = subscriptionsOf(await item())
  assert.ok(held.size <= 200)
  assert.ok(!codes(4).some(issue => held.has(issue)))
})

test('an issue that is removed while it is added again makes no room for two others', async () => {
  const client = createDynamoDB()
  let afterRead = async () => {}
  client.middlewareStack.add(
    (next, { commandName }) =>
      async args => {
        const answer = await next(args)
        if (commandName === 'GetItemCommand') await afterRead()
        return answer
      },
    { step: 'initialize' },
  )
  const app = 'raced'
  await addConnection(connections, ROOM, app)
  await addIssues(connections, ROOM, app, codes(199))
  afterRead = async () => {
    afterRead = async () => {}
    await removeIssues(connections, ROOM, app, ['1000'])
    await addIssues(connections, ROOM, app, ['3000'])
  }
  const item = await addIssues({ ...connections, client }, ROOM, app, [...codes(199), '2000'])
  assert.deepEqual([...subscriptionsOf(item).keys()].sort(), [...codes(198, 1001), '2000', '3000'])
})

test('any changes leave the issues and views of a simple model', async () => {
  const issues = fc.uniqueArray(fc.constantFrom('7203', '6758', '9984', '130A'), { minLength: 1 })
  const change = fc.record({ issues, view: fc.constantFrom(...VIEWS, 'none' as const) })
  await fc.assert(
    fc.asyncProperty(fc.array(change, { maxLength: 12 }), async changes => {
      const { add, remove, item } = await open()
      const model = new Map<string, View>()
      for (const { issues, view } of changes) {
        for (const issue of issues) {
          if (view === 'none') model.delete(issue)
          else model.set(issue, view)
        }
        if (view === 'none') await remove(issues)
        else assert.deepEqual(viewsOf(await add(issues, view)), Object.fromEntries(model))
      }
      assert.deepEqual(viewsOf(await item()), Object.fromEntries(model))
    }),
    { numRuns: 60 },
  )
})
