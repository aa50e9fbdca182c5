import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createEventLog } from '../../../functions/broadcast/event-log.ts'
import { createMarketLog } from '../../../functions/broadcast/market-log.ts'
import { addMember, createMembers, type Member, setIssues } from '../../../functions/broadcast/members.ts'
import { PUSHES_IN_FLIGHT } from '../../../functions/broadcast/outbox.ts'
import { createPostRound } from '../../../functions/broadcast/post-round.ts'
import { createTradeJournal } from '../../../functions/broadcast/trade-journal.ts'
import { decodeEnvelope } from '../../../market/codec/envelope.ts'
import type { EventOf } from '../../../market/market-event.ts'
import { POST_BYTES } from '../../../market/protocol.ts'
import { addMillis, asEpochMillis, type Millis, nowMillis, toEpochMicros } from '../../../market/units.ts'
import type { Push, PushResult } from '../../../posts/push.ts'
import { createFeed } from './feed.ts'

const START = asEpochMillis(1_800_000_000_000)
const HOUR_MS = 3_600_000
const ISSUE = '7203'
const STATUS = ['{"type":"phase"}']

interface Options {
  readonly postsPerSecond?: number
  readonly environments?: number
}

/** Rounds of posts at a mocked time. Pushes end at once, unless the test holds them. */
function openPosts(t: TestContext, { postsPerSecond = 20, environments = 1 }: Options = {}) {
  t.mock.timers.enable({ apis: ['Date'], now: START })
  const journal = createTradeJournal()
  const log = createMarketLog(() => true, journal)
  const events = createEventLog()
  const members = createMembers()
  const feed = createFeed()
  const pushes: Push[] = []
  const state = {
    /** Connections whose posts API Gateway throttles. */
    throttled: (_connection: string) => false,
    hold: undefined as Promise<void> | undefined,
    statusReads: 0,
    knowsAllMembers: true,
  }
  const play = createPostRound({
    members,
    log,
    journal,
    events,
    clock: { now: () => toEpochMicros(START) },
    marker: { add: (_room, connection) => assert.fail(connection) },
    statusSource: {
      take: async () => {},
      async status() {
        state.statusReads++
        return STATUS
      },
    },
    async push(push): Promise<PushResult> {
      pushes.push(push)
      await state.hold
      const throttled = push.deliveries.map(([connection]) => connection).filter(state.throttled)
      const posts = push.deliveries.length
      const lists = { gone: [], failed: [], silent: [], throttled, limited: throttled, errors: [] }
      return { posts, ...lists, postMilliseconds: 0, slowestPost: 0 }
    },
    warn: message => assert.fail(message),
    postsPerSecond,
    environments,
    knowsAllMembers: () => state.knowsAllMembers,
  })
  return {
    log,
    events,
    members,
    pushes,
    state,
    /** Adds members that have the current round, and get no event `time` in the test. */
    join: (count: number, pace: Millis = 100): Member[] =>
      Array.from({ length: count }, () => {
        const start = { encoding: 'json', pace, since: log.round, eventsSince: events.last } as const
        const member = addMember(members, `app${members.byConnection.size}`, 'room-0', start)
        setIssues(members, member, new Map([[ISSUE, 'board']]))
        member.timeDueAt = addMillis(START, HOUR_MS)
        return member
      }),
    /** Ends a round of the log with ticks. */
    tick(count = 1): void {
      const ticks = Array.from({ length: count }, () => feed.tick(ISSUE, log.round))
      log.take(decodeEnvelope(Buffer.from(feed.ticks(...ticks), 'base64')))
      log.endRound(nowMillis())
    },
    /** Sends the posts that are due. Returns their connections and the result. */
    async post() {
      const before = pushes.length
      const result = await play(Promise.resolve())
      const deliveries = pushes.slice(before).flatMap(({ deliveries }) => deliveries)
      return { ...result, connections: deliveries.map(([connection]) => connection) }
    },
    pass: (ms: Millis): void => t.mock.timers.tick(ms),
  }
}

test('a round posts to all who are due, and counts whole boards and differences', async t => {
  const { join, tick, post, pass } = openPosts(t)
  const [, owed] = join(2)
  tick()
  tick()
  const { connections, wholes, differences, stretch, pushes } = await post()
  assert.deepEqual([connections, wholes, differences, stretch], [['app0', 'app1'], 2, 0, 1])
  assert.equal(pushes.length, 1)
  owed!.owed.add(ISSUE)
  tick()
  pass(100)
  const next = await post()
  assert.deepEqual([next.wholes, next.differences, next.pushes[0]?.posts], [1, 1, 2])
})

test('a member gets no post before its pace is over, which is longer with several environments', async t => {
  const { join, tick, post, pass } = openPosts(t, { environments: 2, postsPerSecond: 80 })
  const [app] = join(1, 500)
  tick()
  assert.deepEqual((await post()).connections, ['app0'])
  assert.equal(app!.freeAt, START + 1_000)
  tick()
  pass(999)
  assert.deepEqual((await post()).connections, [])
  assert.equal(app!.waitingSince, undefined)
  pass(1)
  assert.deepEqual((await post()).connections, ['app0'])
})

test('a round starts as many posts as the budget has; the others wait for its next share', async t => {
  const { join, tick, post, pass } = openPosts(t)
  join(15, 5_000)
  tick()
  // Half a second of 20 posts a second.
  assert.equal((await post()).connections.length, 10)
  assert.equal((await post()).connections.length, 0)
  pass(150)
  assert.deepEqual((await post()).connections, ['app10', 'app11', 'app12'])
  pass(1_000)
  assert.deepEqual((await post()).connections, ['app13', 'app14'])
})

test('several environments share the budget', async t => {
  const { join, tick, post } = openPosts(t, { environments: 2 })
  join(15, 5_000)
  tick()
  assert.equal((await post()).connections.length, 5)
})

test('a content of several posts takes as many from the budget', async t => {
  const { join, tick, post, pushes } = openPosts(t)
  join(1)
  tick()
  tick(3_000)
  assert.deepEqual((await post()).connections, ['app0'])
  const characters = pushes[0]!.updates.join('').length
  assert.ok(characters > 2 * POST_BYTES && characters < 3 * POST_BYTES, `${characters} characters`)
  join(12)
  tick()
  assert.equal((await post()).connections.length, 10 - 3)
})

test('apps get the factor of their paces only while it is above 1', async t => {
  const { join, tick, post, pass, pushes } = openPosts(t)
  join(30, 100)
  tick()
  // Nobody has waited yet.
  assert.equal((await post()).stretch, 1)
  tick()
  pass(150)
  const { stretch } = await post()
  // The next in turn has waited for one and a half of its paces.
  assert.equal(stretch, 2.5)
  assert.deepEqual(
    pushes.map(push => push.stretch),
    [undefined, 2.5],
  )
})

test('a member whose post has not ended gets no other post, and has the round only afterwards', async t => {
  const { join, tick, post, pass, state, log } = openPosts(t)
  const [app] = join(1)
  tick()
  const { promise, resolve } = Promise.withResolvers<void>()
  state.hold = promise
  const first = post()
  await new Promise(setImmediate)
  assert.deepEqual([app!.inFlight, app!.since], [true, 0])
  tick()
  pass(10_000)
  assert.deepEqual((await post()).connections, [])
  resolve()
  await first
  assert.deepEqual([app!.inFlight, app!.since, log.round], [false, 1, 2])
  assert.deepEqual((await post()).connections, ['app0'])
})

test('while forty pushes have not ended, no other push starts', async t => {
  const { join, tick, post, state, pushes } = openPosts(t, { postsPerSecond: 1_000 })
  const { promise, resolve } = Promise.withResolvers<void>()
  state.hold = promise
  const rounds = Array.from({ length: PUSHES_IN_FLIGHT }, () => {
    join(1)
    tick()
    return post()
  })
  const [late] = join(1)
  tick()
  assert.deepEqual([(await post()).stretch, pushes.length, late!.inFlight], [1, 40, false])
  resolve()
  await Promise.all(rounds)
  assert.ok((await post()).connections.includes(late!.connection))
})

test('many refused posts lower the rate at once, and a throttled member gets everything later', async t => {
  const { join, tick, post, pass, state } = openPosts(t, { postsPerSecond: 200 })
  const apps = join(100, 100)
  tick()
  state.throttled = connection => /[036]$/.test(connection)
  const before = await post()
  assert.deepEqual([before.connections.length, before.pushes[0]?.throttled.length], [100, 30])
  assert.deepEqual([apps[0]!.since, apps[1]!.since, before.blame], [0, 1, { gateway: 30, connection: 0 }])
  state.throttled = () => false
  tick()
  // The burst is half a second of 160 posts a second.
  pass(1_000)
  assert.equal((await post()).connections.length, 80)
  pass(1_000)
  const { connections, wholes } = await post()
  assert.equal(connections.length, 20)
  assert.ok(wholes <= 20)
  assert.ok(apps.every(({ since }) => since === 2))
})

test('a few refusals lower the rate when they pass, and not while the same connections refuse again', async t => {
  const { join, tick, post, pass, state } = openPosts(t, { postsPerSecond: 200 })
  join(100, 100)
  tick()
  state.throttled = connection => /[05]$/.test(connection)
  assert.deepEqual((await post()).blame, { gateway: 0, connection: 0 })
  pass(1_000)
  assert.equal((await post()).connections.length, 20)
  state.throttled = connection => /0$/.test(connection)
  pass(1_000)
  // Ten connections take the post after two refusals; ten are refused for the third time.
  assert.deepEqual((await post()).blame, { gateway: 0, connection: 10 })
  tick()
  pass(1_000)
  assert.equal((await post()).connections.length, 90)
  // The first ten refusals pass: these connections took their last posts.
  state.throttled = connection => /1$/.test(connection)
  tick()
  pass(1_000)
  await post()
  state.throttled = () => false
  pass(200)
  assert.deepEqual((await post()).blame, { gateway: 10, connection: 0 })
  tick()
  pass(2_000)
  // Half a second of 160 posts a second.
  assert.equal((await post()).connections.length, 80)
})

test('the status is read only for members that lack it, once a round', async t => {
  const { join, tick, post, pass, state, pushes, events } = openPosts(t)
  const [first, second] = join(3)
  tick()
  await post()
  assert.equal(state.statusReads, 0)
  first!.lacksStatus = true
  second!.lacksStatus = true
  const news: EventOf<'news'> = { type: 'news', time: '', headline: '新製品', issues: [] }
  events.append([news])
  pass(100)
  await post()
  assert.equal(state.statusReads, 1)
  assert.deepEqual(pushes.at(-1)?.events, [...STATUS, JSON.stringify(news)])
  assert.deepEqual(
    pushes.at(-1)?.deliveries.map(([, , indices]) => indices),
    [[0, 1], [0, 1], [1]],
  )
  assert.deepEqual([first!.lacksStatus, first!.eventsSince], [false, 1])
})

test('rounds are dropped once all members have them, but not while a room may have others', async t => {
  const { join, tick, post, pass, log, state } = openPosts(t, { postsPerSecond: 1_000 })
  join(1)
  const follows = (since: number) =>
    log.updatesSince(ISSUE, 'board', since, true).map(update => update.follows)
  for (let round = 0; round < 20; round++) tick()
  state.knowsAllMembers = false
  await post()
  await post()
  assert.deepEqual(follows(1), [1])
  state.knowsAllMembers = true
  const [behind] = join(1)
  behind!.restsUntil = asEpochMillis(START + 10_000)
  for (let round = 0; round < 5; round++) tick()
  pass(100)
  await post()
  assert.deepEqual([follows(19), follows(20)], [[undefined], [20]])
})
