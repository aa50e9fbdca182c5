import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { addIssues } from '../../functions/message/subscriptions.ts'
import { momentOf } from '../../market/moment.ts'
import { addConnection, roomOf } from '../../tables/connections/connections-table.ts'
import { type CapturedMetrics, captureMetrics } from './captured-metrics.ts'
import { kinesisEvent, lambdaContext, socketEvent } from './invoke.ts'
import { type Gateway, startGateway } from './posts-gateway.ts'
import { envelopesOf, ISSUES, MORNING, sampleTicks, TRADING_DATE } from './stored-market.ts'
import { startTables, TABLES, type Tables } from './tables.ts'

let tables: Tables
let gateway: Gateway
let metrics: CapturedMetrics
before(async () => {
  tables = await startTables()
  gateway = await startGateway()
  metrics = captureMetrics()
  Object.assign(process.env, {
    MARKET_CLOCK: `${Date.now()}:${momentOf(TRADING_DATE, MORNING) / 1000}:0.001`,
    ROOM_COUNT: '1',
    WEBSOCKET_ENDPOINT: gateway.endpoint,
    PUSH_ROOM_FUNCTION: 'push-room',
    STREAM_NAME: 'ticks',
    SHARDS: '1',
    POSTS_PER_SECOND: '10000',
    UNITS_PER_LANE: '1000',
  })
  await addConnection({ client: tables.client, table: TABLES.CONNECTIONS_TABLE }, roomOf('app', 1), 'app')
})
after(async () => {
  metrics[Symbol.dispose]()
  await gateway[Symbol.asyncDispose]()
  await tables[Symbol.asyncDispose]()
})

test('message counts messages that it refuses', async () => {
  const { handler } = await import('../../functions/message/message-handler.ts')
  const send = (body: string) => handler(socketEvent('MESSAGE', 'app', { body }), lambdaContext)
  assert.deepEqual(await send('{"action":"ping"}'), { statusCode: 200 })
  assert.deepEqual(await send('{"action":"jump"}'), { statusCode: 200 })
  assert.deepEqual(metrics.take(), [{ MessagesRefused: 0 }, { MessagesRefused: 1 }])
})

test('disconnect counts its invocations, and Lambda alone those of push-room', async () => {
  const push = await import('../../functions/push-room/push-room-handler.ts')
  const room = {
    room: roomOf('app', 1),
    updates: ['{"n":1}'],
    events: [],
    deliveries: [['app', [0], []] as const],
  }
  const result = await push.handler(room, lambdaContext)
  assert.deepEqual([result.posts, result.gone, result.failed, result.errors], [1, [], [], []])
  const disconnect = await import('../../functions/disconnect/disconnect-handler.ts')
  assert.deepEqual(await disconnect.handler(socketEvent('DISCONNECT', 'app'), lambdaContext), {
    statusCode: 200,
  })
  assert.deepEqual(metrics.take(), [{ ConnectionsEnded: 1 }])
})

test('store-ticks counts ticks, packs, write units and bad envelopes', async () => {
  const { handler } = await import('../../functions/store-ticks/store-ticks-handler.ts')
  const ticks = sampleTicks(30)
  const issues = new Set(ticks.map(({ board }) => board.issue)).size
  await handler(kinesisEvent([...envelopesOf([ticks]), Uint8Array.of(1, 2, 3)]), lambdaContext)
  const [{ WriteUnits, ...rest } = {}] = metrics.take()
  assert.deepEqual(rest, { TicksStored: ticks.length, PacksStored: issues, BadEnvelopes: 1 })
  // Each pack of some ticks is an item of at most 1 KB.
  assert.ok(Number(WriteUnits) >= issues, `${WriteUnits}`)
})

test('broadcast counts ticks, updates and posts, and measures the posts and the lag of the youngest tick', async () => {
  const { handler } = await import('../../functions/broadcast/broadcast-handler.ts')
  const connections = { client: tables.client, table: TABLES.CONNECTIONS_TABLE }
  await addConnection(connections, roomOf('holder', 1), 'holder')
  await addIssues(connections, roomOf('holder', 1), 'holder', ISSUES)
  const ticks = sampleTicks(30)
  const issues = new Set(ticks.map(({ board }) => board.issue)).size
  await handler(kinesisEvent([...envelopesOf([ticks]), Uint8Array.of(1, 2, 3)]), lambdaContext)
  const [{ Lag, PostLatency, SlowestPost, BoardsDue, ...counts } = {}] = metrics.take()
  assert.deepEqual(counts, {
    TicksBroadcast: ticks.length,
    WholeBoards: issues,
    Differences: 0,
    BadEnvelopes: 1,
    Posts: 1,
    PostsFailed: 0,
    PostsThrottled: 0,
    PaceStretch: 1,
    RecordsReadBack: 0,
    ConnectionsGone: 0,
  })
  assert.equal(typeof BoardsDue, 'number')
  assert.ok(Number(PostLatency) > 0)
  assert.equal(SlowestPost, PostLatency)
  assert.equal(typeof Lag, 'number')
  assert.ok(Number(Lag) >= 0)
})
