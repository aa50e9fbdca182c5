import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createAnswers } from '../../../functions/message/answers.ts'
import { emptyBoard } from '../../../market/board.ts'
import { boardInView } from '../../../market/board-to-json.ts'
import { systemClock } from '../../../market/clock.ts'
import type { ClientMessage, ServerMessage } from '../../../market/protocol.ts'
import type { Tick } from '../../../market/tick.ts'
import { subscriptionsOf } from '../../../tables/connections/connection-reading.ts'
import { addConnection, markGone, readConnection } from '../../../tables/connections/connections-table.ts'
import { admitNobody } from '../admissions.ts'
import { writeBoards } from '../boards-fixture.ts'
import { MORNING, TRADING_DATE } from '../stored-market.ts'
import { startTables, TABLES, type Tables } from '../tables.ts'

const ROOM = 'room-0'
/** Maximum size of a WebSocket message (API Gateway quotas). */
const MESSAGE_BYTES = 128 * 1024
/** Without an issue master every issue can be subscribed to. */
const CODES = Array.from({ length: 1_201 }, (_, index) => String(1301 + index))

let tables: Tables
let send: (app: string, message: ClientMessage) => Promise<ServerMessage[]>
before(async () => {
  tables = await startTables()
  const boards = { client: tables.client, table: TABLES.BOARDS_TABLE }
  const answers = createAnswers({
    connections: connections(),
    boards,
    clock: systemClock,
    admit: admitNobody,
    publishesBasePrices: true,
  })
  send = (app, message) => answers(ROOM, app, JSON.stringify(message))
})
after(() => tables[Symbol.asyncDispose]())

/** A tick whose board has a value in every field. */
function fullTick(issue: string, index: number): Tick {
  const board = emptyBoard(issue)
  board.values.fill(12_345_678)
  return { tradingDate: TRADING_DATE, line: 1, sequence: index + 1, time: MORNING, board }
}

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
      number: 2002,
      message: 'expected at most 1000 issues in view quote, got 1000 and 1 more',
      id: 2,
    },
  ])
  const unsubscribe = { action: 'unsubscribe', issues: CODES.slice(0, 1_000) } as const
  assert.deepEqual(await send('full', unsubscribe), [{ type: 'unsubscribed', issues: unsubscribe.issues }])
  assert.equal(Object.keys(await viewsOf('full')).length, 200)
})

test('each board is in the view of its issue, in the answer to a subscription and in a snapshot', async () => {
  await addConnection(connections(), ROOM, 'boards')
  await writeBoards({ client: tables.client, table: TABLES.BOARDS_TABLE }, ['1301', '1302'].map(fullTick))
  const board = boardInView(fullTick('1301', 0), 'board')
  const quote = boardInView(fullTick('1302', 1), 'quote')
  assert.deepEqual([board.asks.length, quote.asks.length], [10, 1])
  const boardsOf = ([answer]: ServerMessage[]) => answer !== undefined && 'boards' in answer && answer.boards
  assert.deepEqual(boardsOf(await send('boards', { action: 'subscribe', issues: ['1301'] })), [board])
  const subscribe = { action: 'subscribe', issues: ['1302'], view: 'quote', trades: true } as const
  assert.deepEqual(boardsOf(await send('boards', subscribe)), [quote])
  const both = boardsOf(await send('boards', { action: 'snapshot', issues: ['1302', '1301'] })) || []
  assert.deepEqual(
    new Map(both.map(one => [one.issue, one])),
    new Map([
      ['1301', board],
      ['1302', quote],
    ]),
  )
})

test('a thousand quotes come in messages of allowed size, each quote once', async () => {
  await addConnection(connections(), ROOM, 'quotes')
  const issues = CODES.slice(0, 1_000)
  await writeBoards({ client: tables.client, table: TABLES.BOARDS_TABLE }, issues.map(fullTick))
  const answers = await send('quotes', { action: 'subscribe', issues, view: 'quote' })
  assert.ok(answers.length > 1)
  for (const answer of answers) assert.ok(Buffer.byteLength(JSON.stringify(answer)) < MESSAGE_BYTES)
  const boards = answers.flatMap(answer => ('boards' in answer ? answer.boards : []))
  assert.deepEqual(boards.map(board => board.issue).toSorted(), issues)
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
