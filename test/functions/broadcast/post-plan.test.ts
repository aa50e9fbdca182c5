import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createEventLog } from '../../../functions/broadcast/event-log.ts'
import { createMarketLog } from '../../../functions/broadcast/market-log.ts'
import { addMember, createMembers, type Member, setIssues } from '../../../functions/broadcast/members.ts'
import { decodeEnvelope } from '../../../market/codec/envelope.ts'
import type { EventOf } from '../../../market/market-event.ts'
import type { Update } from '../../../market/protocol.ts'
import { asEpochMillis } from '../../../market/units.ts'
import type { View } from '../../../market/view.ts'
import { createFeed } from './feed.ts'
import { plainPlan } from './plain-plan.ts'

const NOW = asEpochMillis(1_800_000_000_000)
const NEWS: EventOf<'news'> = { type: 'news', time: '1', headline: '新製品', issues: [] }
const STATUS = ['{"type":"phase"}', '{"type":"line"}']

/** An environment with one issue, 7203, whose rounds have one tick each. */
function openEnvironment() {
  const log = createMarketLog(() => true)
  const events = createEventLog()
  const feed = createFeed()
  const members = createMembers()
  return {
    log,
    events,
    feed,
    /** Plays a round with a tick of an issue. */
    tick(issue = '7203'): void {
      log.take(decodeEnvelope(Buffer.from(feed.ticks(feed.tick(issue, log.round + 1)), 'base64')))
      log.endRound(NOW)
    },
    join(name: string, since: number, view: View = 'board', ...issues: string[]): Member {
      const member = addMember(members, name, 'room-0', {
        pace: 500,
        since,
        encoding: 'json',
        eventsSince: events.last,
      })
      setIssues(members, member, new Map((issues.length > 0 ? issues : ['7203']).map(issue => [issue, view])))
      return member
    },
    plan: (some: readonly Member[], status?: readonly string[]) => plainPlan(some, log, events, status),
  }
}

const updatesOf = (texts: readonly string[]): Update[] => texts.map(text => JSON.parse(text) as Update)

test('a member gets one update for all rounds that it does not have, with every trade', () => {
  const { tick, join, plan, log } = openEnvironment()
  for (let round = 1; round <= 4; round++) tick()
  const { posts, wholes, differences } = plan([join('app', 1)])
  const [update] = updatesOf(posts[0]!.updates)
  assert.ok(update !== undefined && 'changes' in update)
  assert.deepEqual([update.follows, update.sequence, update.trades?.map(row => row[3])], [1, 4, [2, 3, 4]])
  assert.deepEqual([wholes, differences, posts[0]?.content.round], [0, 1, log.round])
})

test('members with the same round and view share one text', () => {
  const { tick, join, plan } = openEnvironment()
  for (let round = 1; round <= 3; round++) tick()
  const members = [join('a', 1), join('b', 1), join('c', 2), join('d', 1, 'quote')]
  const texts = plan(members).posts.map(({ updates }) => updates[0])
  assert.equal(new Set(texts).size, 3)
  assert.equal(texts[0], texts[1])
})

test('an owed issue is a whole board at once, a fresh issue with its next change', () => {
  const { tick, join, plan, log } = openEnvironment()
  tick()
  tick()
  const [owed, fresh, changed] = [join('owed', 2), join('fresh', 2), join('changed', 1)]
  owed.owed.add('7203')
  fresh.fresh.add('7203')
  changed.fresh.add('7203')
  const { posts, wholes } = plan([owed, fresh, changed])
  assert.deepEqual(
    posts.map(({ member, updates }) => [
      member.connection,
      updatesOf(updates).map(update => 'board' in update),
    ]),
    [
      ['owed', [true]],
      ['changed', [true]],
    ],
  )
  assert.deepEqual([wholes, [...posts[0]!.content.whole]], [2, [['7203', 'board']]])
  assert.equal(log.latest('7203')?.sequence, 2)
})

test('an owed issue without a tick is not in the post, and stays owed', () => {
  const { tick, join, plan } = openEnvironment()
  tick()
  const app = join('app', 0, 'board', '7203', '6758')
  app.owed.add('6758')
  const { posts } = plan([app])
  assert.deepEqual([posts[0]?.updates.length, [...posts[0]!.content.whole]], [1, []])
})

test('events come in order; a member that lacks the status gets it before them, if it is known', () => {
  const { events, join, plan } = openEnvironment()
  const [app, lacking] = [join('app', 0), join('lacking', 0)]
  lacking.lacksStatus = true
  events.append([NEWS])
  const texts = [JSON.stringify(NEWS)]
  assert.deepEqual(
    plan([app, lacking], STATUS).posts.map(post => [post.events, post.content.event, post.content.status]),
    [
      [texts, 1, false],
      [[...STATUS, ...texts], 1, true],
    ],
  )
  assert.deepEqual(
    plan([lacking]).posts.map(post => [post.events, post.content.status]),
    [[texts, false]],
  )
})

test('a member has an event that is for others without a post', () => {
  const { events, join, plan } = openEnvironment()
  const [before, later] = [join('before', 0), join('later', 0)]
  later.connectedAt = NOW
  events.append([NEWS], NOW)
  assert.deepEqual(
    plan([before, later]).posts.map(({ member }) => member),
    [before],
  )
  assert.deepEqual([before.eventsSince, later.eventsSince], [0, 1])
})

test('a member that waits only for an unknown status gets no post', () => {
  const { join, plan } = openEnvironment()
  const app = join('app', 0)
  app.lacksStatus = true
  assert.deepEqual(plan([app]).posts, [])
})

test('a member that misses more events than the log has gets the status instead', () => {
  const { events, join, plan } = openEnvironment()
  const app = join('app', 0)
  for (let index = 0; index < 300; index++) events.append([NEWS])
  const [post] = plan([app], STATUS).posts
  assert.deepEqual([post?.events, post?.content.event, app.lacksStatus], [STATUS, 300, true])
})
