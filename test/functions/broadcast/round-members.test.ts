import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import type { QueryCommandInput } from '@aws-sdk/lib-dynamodb'
import { READ_EVERY_MS, STALE_AFTER_MS } from '../../../functions/broadcast/rooms.ts'
import { addIssues, removeIssues } from '../../../functions/message/subscriptions.ts'
import { boardInView } from '../../../market/board-to-json.ts'
import type { EventOf } from '../../../market/market-event.ts'
import type { ServerMessage, Update } from '../../../market/protocol.ts'
import {
  addConnection,
  markGone,
  readConnection,
  roomOf,
} from '../../../tables/connections/connections-table.ts'
import { createDynamoDB } from '../../../tables/dynamodb.ts'
import { until } from '../../until.ts'
import { eventsOf, openStage, ROOM_COUNT, readMembers, stopClock, updatesOf } from './broadcast-stage.ts'
import { createFeed } from './feed.ts'

const { gateway, connections, environment, connect, clear, close } = await openStage()
beforeEach(clear)
after(close)

/** Age of connections whose handshake has certainly ended (ms). */
const LONG_AGO_MS = 60_000

test('an app that subscribes between two reads of its room gets the missed update as a whole board', async t => {
  stopClock(t)
  const { play } = environment()
  const feed = createFeed()
  const app = await connect()
  await play([feed.ticks(feed.tick('2914', 1))])
  // The room was just read, so the next round does not see this subscription.
  await addIssues(connections, roomOf(app, ROOM_COUNT), app, ['2914'])
  const missed = feed.tick('2914', 2)
  await play([feed.ticks(missed)])
  assert.deepEqual(gateway.take(app), [])
  await readMembers(t, play)
  await play([feed.ticks(feed.tick('9999', 1))])
  assert.deepEqual(updatesOf(gateway.take(app)), [{ board: boardInView(missed, 'board') }])
})

test('an app gets the encoding of its connection', async t => {
  stopClock(t)
  const { play } = environment()
  const feed = createFeed()
  const plain = await connect('7203')
  const room = roomOf('deflate=', ROOM_COUNT)
  await addConnection(connections, room, 'deflate=', { pace: 0, fastestPace: 0, encoding: 'deflate-1' })
  await addIssues(connections, room, 'deflate=', ['7203'])
  await play([feed.ticks(feed.tick('7203', 1))])
  const [message] = gateway.take('deflate=')
  assert.deepEqual([message], gateway.take(plain))
  assert.deepEqual([...gateway.compressed], ['deflate='])
  await markGone(connections, room, 'deflate=')
})

test('an app that unsubscribes or disconnects gets no more updates', async t => {
  stopClock(t)
  const { play } = environment()
  const feed = createFeed()
  const [stays, leaves, ends] = await Promise.all([connect('7011'), connect('7011'), connect('7011')])
  await play([feed.ticks(feed.tick('7011', 1))])
  await removeIssues(connections, roomOf(leaves, ROOM_COUNT), leaves, ['7011'])
  await markGone(connections, roomOf(ends, ROOM_COUNT), ends)
  for (const app of [stays, leaves, ends]) gateway.take(app)
  await readMembers(t, play)
  await play([feed.ticks(feed.tick('7011', 2))])
  assert.deepEqual(
    [stays, leaves, ends].map(app => gateway.take(app).length),
    [1, 0, 0],
  )
})

test('an environment reads its members before it sends if it was not used for a while', async t => {
  stopClock(t)
  const { play } = environment()
  const feed = createFeed()
  const leaves = await connect('7012')
  await play([feed.ticks(feed.tick('7012', 1))])
  await removeIssues(connections, roomOf(leaves, ROOM_COUNT), leaves, ['7012'])
  gateway.take(leaves)
  const comes = await connect('7012')
  t.mock.timers.tick(STALE_AFTER_MS + 1)
  const tick = feed.tick('7012', 2)
  await play([feed.ticks(tick)])
  assert.deepEqual(gateway.take(leaves), [])
  const [update] = updatesOf(gateway.take(comes))
  assert.ok(update !== undefined && 'board' in update)
  assert.deepEqual(update.board, boardInView(tick, 'board'))
})

async function isMarked(connection: string): Promise<boolean> {
  return (await readConnection(connections, roomOf(connection, ROOM_COUNT), connection))?.gone === true
}

test('a fourth status 410 ends a connection only if it has really ended; $disconnect usually marks it before', async t => {
  const { play } = environment()
  const feed = createFeed()
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() - LONG_AGO_MS })
  const [gone, doubtful] = await Promise.all([connect('8306'), connect('8306')])
  t.mock.timers.tick(LONG_AGO_MS)
  gateway.gone.add(gone)
  gateway.doubtful.add(doubtful)
  const result = await play([feed.ticks(feed.tick('8306', 1))])
  assert.deepEqual(result.pushes.flatMap(push => push.gone).toSorted(), [gone, doubtful].toSorted())
  const again = await play([feed.ticks(feed.tick('8306', 2))])
  assert.deepEqual(again.pushes, [])
  assert.equal(await isMarked(gone), false)
  // A round does not wait for a connection whose last post failed.
  await until(async () => {
    t.mock.timers.tick(1_000)
    await play([])
    return isMarked(gone)
  }, 'the mark of the connection that has ended')
  assert.equal(await isMarked(doubtful), false)
  gateway.doubtful.delete(doubtful)
  t.mock.timers.tick(8_000)
  const messages: ServerMessage[] = []
  await until(async () => {
    await play([feed.ticks(feed.tick('8306', 3))])
    messages.push(...gateway.take(doubtful))
    return updatesOf(messages).length > 0
  }, 'an update of the open connection')
})

test('an app whose handshake ends after a post was refused is kept, and gets the status and its boards', async t => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() })
  const { play } = environment()
  const feed = createFeed()
  await play([])
  const app = await connect('8308')
  gateway.gone.add(app)
  const phase: EventOf<'phase'> = {
    type: 'phase',
    time: '2026-11-20T12:30:00.000000+09:00',
    phase: 'afternoon',
  }
  await play([feed.events(phase)])
  t.mock.timers.tick(READ_EVERY_MS)
  await play([])
  const tick = feed.tick('8308', 1)
  const early = await play([feed.ticks(tick)])
  assert.deepEqual(
    early.pushes.flatMap(push => push.gone),
    [app],
  )
  gateway.gone.delete(app)
  assert.equal(await isMarked(app), false)
  t.mock.timers.tick(READ_EVERY_MS)
  await play([])
  const messages: ServerMessage[] = []
  // A round does not wait for a connection whose last post failed.
  await until(async () => {
    await play([])
    messages.push(...gateway.take(app))
    return eventsOf(messages).length > 0 && updatesOf(messages).length > 0
  }, 'the status and the board after the handshake')
  assert.deepEqual(eventsOf(messages)[0], phase)
  assert.deepEqual(updatesOf(messages), [{ board: boardInView(tick, 'board') }])
})

test('a connection that ended during its handshake is marked as gone ten seconds later', async t => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() })
  const { play } = environment()
  const feed = createFeed()
  const app = await connect('8309')
  gateway.gone.add(app)
  let posts = 0
  for (let second = 0; second <= 10; second++) {
    const { pushes } = await play([feed.ticks(feed.tick('8309', second))])
    posts += pushes.filter(({ gone }) => gone.includes(app)).length
    t.mock.timers.tick(1_000)
  }
  assert.ok(posts >= 3, `${posts} posts`)
  await play([feed.ticks(feed.tick('8309', 11))])
  t.mock.timers.tick(30_000)
  await play([feed.ticks(feed.tick('8309', 12))])
  await play([])
  assert.equal(await isMarked(app), true)
})

test('a later round repeats a throttled post', async () => {
  const { play } = environment()
  const feed = createFeed()
  const app = await connect('8411')
  gateway.throttled.set(app, 1)
  await play([feed.ticks(feed.tick('8411', 1))])
  assert.equal(updatesOf(gateway.take(app)).length, 0)
  const received: Update[] = []
  await until(
    async () => {
      await play([])
      received.push(...updatesOf(gateway.take(app)))
      return received.length > 0
    },
    'the update in a later round',
    { pollMs: 50 },
  )
  assert.equal(received.length, 1)
})

test('a stalled connection does not delay the others, and gets what it missed when it returns', async () => {
  const { play } = environment()
  const feed = createFeed()
  const [stalled, well] = await Promise.all([connect('4502'), connect('4502')])
  gateway.stalled.add(stalled)
  const { pushes } = await play([feed.ticks(feed.tick('4502', 1))])
  const failed = pushes.flatMap(push => push.failed)
  await until(
    async () => {
      failed.push(...(await play([])).pushes.flatMap(push => push.failed))
      return failed.length > 0
    },
    'the end of the push to the stalled connection',
    { pollMs: 50 },
  )
  assert.deepEqual(failed, [stalled])
  await play([feed.ticks(feed.tick('4502', 2))])
  assert.equal(updatesOf(gateway.take(well)).length, 2)
  gateway.stalled.delete(stalled)
  assert.equal(updatesOf(gateway.take(stalled)).length, 0)
  const last = feed.tick('4502', 3)
  await play([feed.ticks(last)])
  // The connection rests after the failed post. After the rest, any round brings the board that it is owed.
  let received: Update[] = []
  await until(
    async () => {
      await play([feed.ticks(feed.tick('9999', 1))])
      received = updatesOf(gateway.take(stalled))
      return received.length > 0
    },
    'the update for the stalled connection',
    { pollMs: 100 },
  )
  const [update] = received
  assert.ok(update !== undefined && 'board' in update)
  assert.deepEqual(update.board, boardInView(last, 'board'))
  assert.deepEqual(
    update.trades?.map(([, , , sequence]) => sequence),
    [last.sequence - 1, last.sequence],
  )
})

test('an app whose posts are throttled for some rounds gets every trade later, in order', async () => {
  const { play } = environment()
  const feed = createFeed()
  const [app, well] = await Promise.all([connect('8031', '8035'), connect('8031')])
  const first = feed.tick('8031', 1)
  await play([feed.ticks(first)])
  gateway.take(app)
  gateway.throttled.set(app, 4)
  const ticks = [feed.tick('8031', 2), feed.tick('8031', 3), feed.tick('8031', 4)]
  for (const tick of ticks) await play([feed.ticks(tick)])
  const news: EventOf<'news'> = {
    type: 'news',
    time: '2026-11-20T14:00:00.000000+09:00',
    headline: '絞り',
    issues: [],
  }
  gateway.throttled.set(app, 2)
  await play([feed.events(news)])
  gateway.throttled.delete(app)
  const received: ServerMessage[] = []
  await until(
    async () => {
      await play([])
      received.push(...gateway.take(app))
      return updatesOf(received).length >= 1 && eventsOf(received).length >= 1
    },
    'the updates and the news',
    { pollMs: 50 },
  )
  const trades = updatesOf(received).flatMap(update => update.trades ?? [])
  assert.deepEqual(
    trades.map(([, , , sequence]) => sequence),
    ticks.map(({ sequence }) => sequence),
  )
  assert.deepEqual(
    updatesOf(received).map(update => ('follows' in update ? update.follows : undefined)),
    [first.sequence],
  )
  assert.deepEqual(eventsOf(received), [news])
  assert.equal(updatesOf(gateway.take(well)).length, 4)
})

test('a new environment serves the rooms that it has read although another room is not answered', async () => {
  const feed = createFeed()
  const apps = await Promise.all(Array.from({ length: 12 }, () => connect('9433')))
  const silentRoom = roomOf(apps[0]!, ROOM_COUNT)
  const others = apps.filter(app => roomOf(app, ROOM_COUNT) !== silentRoom)
  assert.ok(others.length > 0)
  const client = createDynamoDB({ maxAttempts: 1 })
  let isSilent = true
  client.middlewareStack.add(
    next => args => {
      const { ExpressionAttributeValues } = args.input as QueryCommandInput
      const isOfRoom = ExpressionAttributeValues?.[':room'] === silentRoom
      return isSilent && isOfRoom ? new Promise((_, reject) => setTimeout(reject, 1_500)) : next(args)
    },
    { step: 'initialize' },
  )
  const { play } = environment(undefined, 70, { ...connections, client })
  const start = performance.now()
  for (let round = 1; round <= 5; round++) await play([feed.ticks(feed.tick('9433', round))])
  assert.ok(performance.now() - start < 1_400)
  for (const app of others) assert.ok(updatesOf(gateway.take(app)).length > 0)
  isSilent = false
  await until(
    async () => {
      await play([feed.ticks(feed.tick('9433', 6))])
      return updatesOf(gateway.take(apps[0]!)).length > 0
    },
    'an update for an app of the other room',
    { pollMs: 50 },
  )
})
