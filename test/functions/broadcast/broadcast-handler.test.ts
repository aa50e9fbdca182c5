import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import type { Context, KinesisStreamBatchResponse } from 'aws-lambda'
import { addIssues } from '../../../functions/message/subscriptions.ts'
import { eachOf } from '../../../lambda/each-of.ts'
import type { BoardJson } from '../../../market/board-json.ts'
import { boardInView } from '../../../market/board-to-json.ts'
import type { Tick } from '../../../market/tick.ts'
import type { Push, PushResult } from '../../../posts/push.ts'
import { POSTS_PER_PUSH } from '../../../posts/push.ts'
import { addConnection, markGone, roomOf } from '../../../tables/connections/connections-table.ts'
import { toNextVersion } from '../../next-release/next-envelope.ts'
import { until } from '../../until.ts'
import { kinesisEvent, lambdaContext } from '../invoke.ts'
import { type Gateway, startGateway } from '../posts-gateway.ts'
import { envelopesOf, ISSUES, sampleTicks } from '../stored-market.ts'
import { startTables, TABLES, type Tables } from '../tables.ts'

const ROOM_COUNT = 3
const PUSH_ROOM = 'push-room'

let tables: Tables
let gateway: Gateway
let lambdaServer: Server
let broadcast: (envelopes: readonly Uint8Array[], context?: Context) => Promise<KinesisStreamBatchResponse>
const invoked: number[] = []

before(async () => {
  tables = await startTables()
  gateway = await startGateway()
  // The Invoke API of Lambda, for the only function that broadcast calls.
  let pushRoom: (push: Push) => Promise<PushResult>
  lambdaServer = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request.setEncoding('utf8')) body += chunk
    assert.equal(request.url, `/2015-03-31/functions/${PUSH_ROOM}/invocations`)
    const push = JSON.parse(body) as Push
    invoked.push(push.deliveries.length)
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(await pushRoom(push)))
  })
  lambdaServer.listen(0, '127.0.0.1')
  await once(lambdaServer, 'listening')
  Object.assign(process.env, {
    ROOM_COUNT: String(ROOM_COUNT),
    WEBSOCKET_ENDPOINT: gateway.endpoint,
    PUSH_ROOM_FUNCTION: PUSH_ROOM,
    STREAM_NAME: 'ticks',
    SHARDS: '1',
    POSTS_PER_SECOND: '10000',
    AWS_ENDPOINT_URL_LAMBDA: `http://127.0.0.1:${(lambdaServer.address() as AddressInfo).port}`,
  })
  const push = await import('../../../functions/push-room/push-room-handler.ts')
  pushRoom = payload => push.handler(payload, lambdaContext)
  const { handler } = await import('../../../functions/broadcast/broadcast-handler.ts')
  broadcast = (envelopes, context = lambdaContext) => handler(kinesisEvent(envelopes), context)
})
after(async () => {
  lambdaServer.closeAllConnections()
  lambdaServer.close()
  await gateway[Symbol.asyncDispose]()
  await tables[Symbol.asyncDispose]()
})

test('a round with few posts sends them itself, and one with many by an invocation for 250 posts each', async () => {
  const table = { client: tables.client, table: TABLES.CONNECTIONS_TABLE }
  const connect = async (id: string): Promise<void> => {
    // Without a pace, every round posts to the connection.
    await addConnection(table, roomOf(id, ROOM_COUNT), id, { pace: 0, fastestPace: 0 })
    await addIssues(table, roomOf(id, ROOM_COUNT), id, ISSUES)
  }
  const apps = Array.from({ length: POSTS_PER_PUSH + 1 }, (_, index) => `app${index}`)
  await eachOf(apps, 10, connect)
  const ticks = sampleTicks(60)
  await broadcast(envelopesOf([ticks]))
  assert.deepEqual(
    invoked.toSorted((a, b) => a - b),
    [1, POSTS_PER_PUSH],
  )
  const lastOf = (issue: string): Tick | undefined => ticks.findLast(tick => tick.board.issue === issue)
  const expected = ISSUES.map(issue => boardInView(lastOf(issue)!, 'board'))
  const bySequence = (a: BoardJson, b: BoardJson): number => a.sequence - b.sequence
  // A slow push goes on after its round.
  await until(() => apps.every(app => (gateway.received.get(app) ?? []).length > 0), 'a post to every app')
  for (const app of apps) {
    const updates = gateway.take(app).flatMap(message => (message.type === 'updates' ? message.updates : []))
    const boards = updates.flatMap(update => ('board' in update ? [update.board] : []))
    assert.deepEqual(boards.toSorted(bySequence), expected.toSorted(bySequence))
  }
  await eachOf(apps.slice(1), 10, async app => {
    await markGone(table, roomOf(app, ROOM_COUNT), app)
  })
  const later = (round: number): Tick[] =>
    ticks.map(tick => ({
      ...tick,
      sequence: tick.sequence + 1_000 * round,
      time: tick.time + 1_000_000_000 * round,
    }))
  let round = 0
  const servesItself = async (): Promise<boolean> => {
    invoked.length = 0
    round++
    await broadcast(envelopesOf([later(round)], 1 + round))
    return invoked.length === 0 && gateway.take(apps[0]!).length > 0
  }
  await until(servesItself, 'a round that posts itself', { pollMs: 50 })
})

test('a round ends before an envelope of a newer release, which comes again', async () => {
  const app = 'newer'
  const table = { client: tables.client, table: TABLES.CONNECTIONS_TABLE }
  await addConnection(table, roomOf(app, ROOM_COUNT), app)
  await addIssues(table, roomOf(app, ROOM_COUNT), app, ISSUES)
  const ticks = sampleTicks(40).map(tick => ({ ...tick, sequence: tick.sequence + 10_000 }))
  const [first, second] = [envelopesOf([ticks.slice(0, 20)], 4), envelopesOf([ticks.slice(20)], 5)]
  const mixed = [...first, ...second.map(toNextVersion), ...second]
  const item = { itemIdentifier: String(first.length) }
  assert.deepEqual(await broadcast(mixed), { batchItemFailures: [item] })
  const remaining = 1_300
  const start = performance.now()
  const context = { ...lambdaContext, getRemainingTimeInMillis: () => remaining }
  await assert.rejects(broadcast(mixed.slice(first.length), context), {
    name: 'UnknownVersionError',
    message: 'expected envelope version 2, got 3',
  })
  // It waits as long as the invocation may last, less the reserve of a second. Timers may be a little early.
  assert.ok(performance.now() - start > 250)
  assert.deepEqual(await broadcast(second), { batchItemFailures: [] })
})
