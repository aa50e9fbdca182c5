import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { emptyBoard, F } from '../../../market/board.ts'
import { boardInView } from '../../../market/board-to-json.ts'
import type { MarketEvent } from '../../../market/market-event.ts'
import { ERROR_BYTES, MAX_BOARDS_PER_CONNECTION, type ServerMessage } from '../../../market/protocol.ts'
import type { Tick } from '../../../market/tick.ts'
import {
  addConnection,
  type ConnectionItem,
  readConnection,
  roomOf,
} from '../../../tables/connections/connections-table.ts'
import { storeEvents, writeBoards } from '../boards-fixture.ts'
import { type CapturedMetrics, captureMetrics } from '../captured-metrics.ts'
import { lambdaContext, socketEvent } from '../invoke.ts'
import { type Gateway, startGateway } from '../posts-gateway.ts'
import { MORNING, TRADING_DATE } from '../stored-market.ts'
import { startTables, TABLES, type Tables } from '../tables.ts'

const ROOM_COUNT = 2
/** Maximum size of a WebSocket message (API Gateway quotas). */
const MESSAGE_BYTES = 128 * 1024
const LISTED = Array.from({ length: 250 }, (_, index) => String(1301 + index))
const PHASE: MarketEvent = { type: 'phase', time: '2026-11-20T09:00:00.000000+09:00', phase: 'morning' }

let tables: Tables
let gateway: Gateway
let metrics: CapturedMetrics
let invoke: (connection: string, body: string) => Promise<ServerMessage[]>
let disconnect: (connection: string) => Promise<unknown>

before(async () => {
  tables = await startTables()
  gateway = await startGateway()
  Object.assign(process.env, { ROOM_COUNT: String(ROOM_COUNT), WEBSOCKET_ENDPOINT: gateway.endpoint })
  const boards = { client: tables.client, table: TABLES.BOARDS_TABLE }
  const issues = LISTED.map((code, index) => ({
    code,
    name: `銘柄${code}`,
    section: 'プライム',
    unit: 100,
    // From 1,000 yen on, in steps of half a yen.
    basePrice: 10_000_000 + 5_000 * index,
    topix500: false,
  }))
  const master = (line: number, part: number, parts: number, ofPart: typeof issues): MarketEvent => ({
    type: 'issues',
    line,
    tradingDate: TRADING_DATE,
    part,
    parts,
    issues: ofPart,
  })
  await storeEvents(boards, [
    master(1, 0, 1, issues.slice(0, 50)),
    master(2, 0, 1, issues.slice(50, 100)),
    master(3, 0, 2, issues.slice(100, 200)),
    master(3, 1, 2, issues.slice(200)),
    PHASE,
  ])
  await writeBoards(boards, LISTED.slice(0, 200).map(tickOf))
  metrics = captureMetrics()
  const { handler } = await import('../../../functions/message/message-handler.ts')
  invoke = async (connection, body) => {
    await handler(socketEvent('MESSAGE', connection, { body }), lambdaContext)
    return gateway.take(connection)
  }
  const ending = await import('../../../functions/disconnect/disconnect-handler.ts')
  disconnect = connection => ending.handler(socketEvent('DISCONNECT', connection), lambdaContext)
})
after(async () => {
  metrics[Symbol.dispose]()
  await gateway[Symbol.asyncDispose]()
  await tables[Symbol.asyncDispose]()
})

function tickOf(issue: string, index: number): Tick {
  const board = emptyBoard(issue)
  board.values.fill(12_345_678)
  board.values[F.volume] = index
  return { tradingDate: TRADING_DATE, line: 1, sequence: index + 1, time: MORNING + index, board }
}

const connections = () => ({ client: tables.client, table: TABLES.CONNECTIONS_TABLE })
let count = 0
let app = ''
beforeEach(async () => {
  app = `app${++count}=`
  await addConnection(connections(), roomOf(app, ROOM_COUNT), app)
})
const itemOf = (id: string): Promise<ConnectionItem | undefined> =>
  readConnection(connections(), roomOf(id, ROOM_COUNT), id)
/** The issues of a connection that is in the table. */
async function heldBy(id: string): Promise<string[]> {
  const item = await itemOf(id)
  assert.ok(item !== undefined)
  return [...(item.issues ?? [])].sort()
}

const subscribe = (issues: readonly string[], id?: number) =>
  JSON.stringify({ action: 'subscribe', issues, id })

test('the answer to subscribe has the status, the boards and the id of the request', async () => {
  const [answer, ...others] = await invoke(app, subscribe(['1301', '1302', '1540'], 7))
  assert.deepEqual(others, [])
  assert.ok(answer?.type === 'subscribed')
  assert.deepEqual([answer.id, answer.issues, answer.status], [7, ['1301', '1302', '1540'], [PHASE]])
  assert.deepEqual([answer.view, answer.trades, answer.pace], ['board', true, 500])
  assert.deepEqual(answer.basePrices, { 1301: 1_000, 1302: 1_000.5, 1540: 1_119.5 })
  const expected = ['1301', '1302'].map((issue, index) => boardInView(tickOf(issue, index), 'board'))
  assert.deepEqual(
    answer.boards.toSorted((a, b) => a.sequence - b.sequence),
    expected,
  )
  assert.deepEqual(await heldBy(app), ['1301', '1302', '1540'])
})

test('subscribe names the issues that are not listed, and subscribes to the others', async () => {
  const [error, answer] = await invoke(app, subscribe(['1301', '9999', ' 130a ']))
  assert.ok(error?.type === 'error')
  assert.deepEqual([error.code, error.message], ['unknown-issue', 'not listed: 9999, 130A'])
  assert.deepEqual(answer?.type === 'subscribed' && answer.issues, ['1301'])
  assert.deepEqual(await heldBy(app), ['1301'])
})

test('many boards come in several messages of allowed size, each board once', async () => {
  const issues = LISTED.slice(0, MAX_BOARDS_PER_CONNECTION)
  const answers = await invoke(app, subscribe(issues))
  assert.ok(answers.length > 1)
  assert.deepEqual([...new Set(answers.map(answer => answer.type))], ['subscribed', 'snapshot'])
  for (const answer of answers) assert.ok(Buffer.byteLength(JSON.stringify(answer)) < MESSAGE_BYTES)
  const boards = answers.flatMap(answer => ('boards' in answer ? answer.boards : []))
  assert.deepEqual(boards.map(board => board.issue).toSorted(), issues)
})

test('a connection cannot hold more issues than the limit, and an issue counts once', async () => {
  const most = LISTED.slice(0, MAX_BOARDS_PER_CONNECTION)
  await invoke(app, subscribe(most))
  const [again] = await invoke(app, subscribe(most.slice(0, 5)))
  assert.equal(again?.type, 'subscribed')
  const [refused, ...others] = await invoke(app, subscribe([...most.slice(0, 5), LISTED.at(-1)!]))
  assert.ok(refused?.type === 'error')
  assert.equal(refused.code, 'too-many-issues')
  assert.deepEqual(others, [])
  assert.equal((await heldBy(app))?.length, MAX_BOARDS_PER_CONNECTION)
})

test('messages at the same time fill a connection to its limit, although they name the same issues', async () => {
  const most = LISTED.slice(0, MAX_BOARDS_PER_CONNECTION)
  await invoke(app, subscribe(most.slice(10)))
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => invoke(app, subscribe(most.slice(0, 20)))),
  )
  assert.deepEqual([...new Set(answers.flat().map(({ type }) => type))], ['subscribed'])
  assert.deepEqual(await heldBy(app), most)
})

test('unsubscribe removes issues, also the last issue', async () => {
  await invoke(app, subscribe(['1301', '1302']))
  const text = JSON.stringify({ action: 'unsubscribe', issues: ['1302', '1303'] })
  assert.deepEqual(await invoke(app, text), [{ type: 'unsubscribed', issues: ['1302', '1303'] }])
  assert.deepEqual(await heldBy(app), ['1301'])
  await invoke(app, JSON.stringify({ action: 'unsubscribe', issues: ['1301'] }))
  assert.deepEqual(await heldBy(app), [])
})

test('a snapshot has the boards of subscribed issues, and names the other issues', async () => {
  await invoke(app, subscribe(['1301']))
  const text = JSON.stringify({ action: 'snapshot', issues: ['1301', '1302'], id: 'x' })
  assert.deepEqual(await invoke(app, text), [
    { type: 'error', code: 'not-subscribed', number: 2003, message: 'not subscribed: 1302', id: 'x' },
    { type: 'snapshot', boards: [boardInView(tickOf('1301', 0), 'board')], id: 'x' },
  ])
})

test('the answer to a ping has the market time', async () => {
  const [pong] = await invoke(app, '{"action":"ping","id":1}')
  assert.ok(pong?.type === 'pong' && pong.id === 1)
  assert.match(pong.time, /^\d{4}-\d{2}-\d{2}T[\d:.]+\+09:00$/)
})

test('a ping on a connection that the table does not know, or that has ended, is answered with not-connected', async () => {
  await disconnect(app)
  for (const unknown of [app, 'never-stored=']) {
    const answers = await invoke(unknown, '{"action":"ping","id":1}')
    assert.deepEqual(
      answers.map(answer => answer.type === 'error' && [answer.code, answer.id]),
      [['not-connected', 1]],
    )
  }
})

test('the answer to an invalid message is an error that names what was expected', async () => {
  const cases: [string, string, RegExp][] = [
    ['', 'not-json', /expected a JSON object/],
    ['{', 'not-json', /expected a JSON object/],
    ['null', 'bad-message', /Expected Object/],
    ['[]', 'bad-message', /action/],
    ['{"action":"buy","issues":["1301"]}', 'bad-message', /action.*"subscribe".*"buy"/],
    ['{"action":"subscribe"}', 'bad-message', /issues/],
    ['{"action":"subscribe","issues":[]}', 'bad-message', /expected at least one issue, got none/],
    ['{"action":"subscribe","issues":["TOYOTA"]}', 'bad-message', /issues\.0: .*got "TOYOTA"/],
    ['{"action":"subscribe","issues":[7203]}', 'bad-message', /issues\.0/],
    [subscribe(LISTED.slice(0, 250)), 'bad-message', /expected at most 200 issues, got 250/],
  ]
  for (const [text, code, message] of cases) {
    const [answer, ...others] = await invoke(app, text)
    assert.ok(answer?.type === 'error', text)
    assert.deepEqual([answer.code, others.length], [code, 0])
    assert.match(answer.message, message)
  }
  assert.deepEqual(await heldBy(app), [])
})

test('an error that would be too long is cut at its end, and keeps the id', async () => {
  const unlisted = Array.from({ length: MAX_BOARDS_PER_CONNECTION }, (_, index) => `${2000 + index}1`)
  const id = '\u0000'.repeat(100)
  const [whole] = await invoke(app, JSON.stringify({ action: 'subscribe', issues: unlisted }))
  assert.ok(whole?.type === 'error')
  assert.equal(whole.message, `not listed: ${unlisted.join(', ')}`)
  const [cut] = await invoke(app, JSON.stringify({ action: 'subscribe', issues: unlisted, id }))
  assert.ok(cut?.type === 'error')
  assert.deepEqual([cut.code, cut.id], ['unknown-issue', id])
  assert.match(cut.message, /…$/)
  assert.ok(whole.message.startsWith(cut.message.slice(0, -1)))
  assert.ok(Buffer.byteLength(JSON.stringify(cut)) <= ERROR_BYTES)
})

test('a connection that has ended cannot subscribe, and stays marked as gone', async () => {
  await disconnect(app)
  const [answer] = await invoke(app, subscribe(['1301']))
  assert.ok(answer?.type === 'error')
  assert.equal(answer.code, 'not-connected')
  const item = await itemOf(app)
  assert.deepEqual([item?.gone, item?.issues], [true, undefined])
  await disconnect('never-connected')
  assert.equal(await itemOf('never-connected'), undefined)
})

test('a connection that has ended before its answer is marked as gone', async () => {
  gateway.gone.add(app)
  assert.deepEqual(await invoke(app, subscribe(['1301'])), [])
  assert.equal((await itemOf(app))?.gone, true)
})

test('a connection that did not take an answer, and is open, stays; it gets no later answer to the message', async () => {
  gateway.doubtful.add(app)
  assert.deepEqual(await invoke(app, subscribe(['1301', '9999'])), [])
  assert.equal((await itemOf(app))?.gone, undefined)
  gateway.doubtful.delete(app)
  // The first post is not answered in time. A second post would be.
  gateway.stalled.add(app)
  assert.deepEqual(await invoke(app, subscribe(['1301', '9999'])), [])
  gateway.stalled.delete(app)
  assert.equal((await itemOf(app))?.gone, undefined)
})

test('an answer that API Gateway throttles is posted again until it is sent', async () => {
  gateway.throttled.set(app, 3)
  const [answer, ...others] = await invoke(app, subscribe(['1301'], 4))
  assert.deepEqual([answer?.type === 'subscribed' && answer.id, others], [4, []])
})

test('a message that is answered in part counts as refused', async () => {
  metrics.take()
  const [error, answer] = await invoke(app, subscribe(['1301', '9999'], 3))
  const unknown = { code: 'unknown-issue', number: 2001, message: 'not listed: 9999' }
  assert.deepEqual(error, { type: 'error', ...unknown, id: 3 })
  assert.equal(answer?.type, 'subscribed')
  await invoke(app, subscribe(['1301']))
  assert.deepEqual(metrics.take(), [{ MessagesRefused: 1 }, { MessagesRefused: 0 }])
})

test('an issue that is not listed and has a board can be subscribed to', async () => {
  await writeBoards({ client: tables.client, table: TABLES.BOARDS_TABLE }, [tickOf('9001', 0)])
  const [answer, ...others] = await invoke(app, subscribe(['9001']))
  assert.deepEqual([answer?.type === 'subscribed' && answer.issues, others], [['9001'], []])
})
