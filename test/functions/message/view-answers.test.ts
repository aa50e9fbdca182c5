import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createAnswers } from '../../../functions/message/answers.ts'
import { systemClock } from '../../../market/clock.ts'
import type { ClientMessage, ServerMessage } from '../../../market/protocol.ts'
import { subscriptionsOf } from '../../../tables/connections/connection-reading.ts'
import { addConnection, markGone, readConnection } from '../../../tables/connections/connections-table.ts'
import { startTables, TABLES, type Tables } from '../tables.ts'

const ROOM = 'room-0'
/** Without an issue master every issue can be subscribed to. */
const CODES = Array.from({ length: 1_201 }, (_, index) => String(1301 + index))

let tables: Tables
let send: (app: string, message: ClientMessage) => Promise<ServerMessage[]>
before(async () => {
  tables = await startTables()
  const boards = { client: tables.client, table: TABLES.BOARDS_TABLE }
  const answers = createAnswers({ connections: connections(), boards, clock: systemClock })
  send = (app, message) => answers(ROOM, app, JSON.stringify(message))
})
after(() => tables[Symbol.asyncDispose]())

const connections = () => ({ client: tables.client, table: TABLES.CONNECTIONS_TABLE })

async function viewsOf(app: string): Promise<Record<string, string>> {
  const item = await readConnection(connections(), ROOM, app)
  assert.ok(item !== undefined)
  return Object.fromEntries(subscriptionsOf(item))
}

test('a subscription is answered with its view, its trades and the pace of the connection', async () => {
  await addConnection(connections(), ROOM, 'views', { pace: 1_000, fastestPace: 250 })
  const common = { type: 'subscribed', pace: 1_000, status: [], boards: [] }
  const subscribe = { action: 'subscribe', issues: ['7203'] } as const
  assert.deepEqual(await send('views', subscribe), [
    { ...common, issues: ['7203'], view: 'board', trades: true },
  ])
  assert.deepEqual(await send('views', { ...subscribe, view: 'quote', id: 1 }), [
    { ...common, issues: ['7203'], view: 'quote', trades: false, id: 1 },
  ])
  assert.deepEqual(await viewsOf('views'), { 7203: 'quote' })
  assert.deepEqual(
    await send('views', { action: 'subscribe', issues: ['6758'], view: 'quote', trades: true }),
    [{ ...common, issues: ['6758'], view: 'quote', trades: true }],
  )
  assert.deepEqual(await viewsOf('views'), { 7203: 'quote', 6758: 'quote-trades' })
})

test('a connection takes 200 boards and 1,000 quotes, each in one message', async () => {
  await addConnection(connections(), ROOM, 'full')
  const subscribe = { action: 'subscribe', issues: CODES.slice(0, 1_000), view: 'quote' } as const
  assert.deepEqual((await send('full', subscribe))[0]?.type, 'subscribed')
  const boards = { action: 'subscribe', issues: CODES.slice(1_000, 1_200) } as const
  assert.deepEqual((await send('full', boards))[0]?.type, 'subscribed')
  assert.equal(Object.keys(await viewsOf('full')).length, 1_200)
  const more = { action: 'subscribe', issues: CODES.slice(1_200), view: 'quote', id: 2 } as const
  assert.deepEqual(await send('full', more), [
    {
      type: 'error',
      code: 'too-many-issues',
      message: 'expected at most 1000 issues in view quote, got 1000 and 1 more',
      id: 2,
    },
  ])
  const unsubscribe = { action: 'unsubscribe', issues: CODES.slice(0, 1_000) } as const
  assert.deepEqual(await send('full', unsubscribe), [{ type: 'unsubscribed', issues: unsubscribe.issues }])
  assert.equal(Object.keys(await viewsOf('full')).length, 200)
})

test('a pace is granted within what the user may have, and the next answer has it', async () => {
  await addConnection(connections(), ROOM, 'paced', { pace: 1_000, fastestPace: 250 })
  for (const [pace, granted] of [
    [2_000, 2_000],
    [100, 250],
    [60_000, 5_000],
    [-1, 250],
  ] as const)
    assert.deepEqual(await send('paced', { action: 'pace', pace, id: 1 }), [
      { type: 'pace', pace: granted, id: 1 },
    ])
  const item = await readConnection(connections(), ROOM, 'paced')
  assert.deepEqual([item?.pace, item?.fastestPace], [250, 250])
  const [answer] = await send('paced', { action: 'subscribe', issues: ['7203'] })
  assert.deepEqual(answer?.type === 'subscribed' && answer.pace, 250)
})

test('a connection that has ended gets no pace', async () => {
  await addConnection(connections(), ROOM, 'ended')
  await markGone(connections(), ROOM, 'ended')
  for (const app of ['ended', 'unknown']) {
    const [answer] = await send(app, { action: 'pace', pace: 1_000, id: 1 })
    assert.deepEqual(answer?.type === 'error' && [answer.code, answer.id], ['not-connected', 1])
  }
})
