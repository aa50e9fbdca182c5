import assert from 'node:assert/strict'
import { test } from 'node:test'
import { POSTS_PER_SECOND } from '../../../cdk/sizing.ts'
import { chooseDue } from '../../../functions/broadcast/due-members.ts'
import { createEventLog } from '../../../functions/broadcast/event-log.ts'
import { createMarketLog } from '../../../functions/broadcast/market-log.ts'
import { addMember, createMembers } from '../../../functions/broadcast/members.ts'
import { createMissedTexts } from '../../../functions/broadcast/missed-texts.ts'
import { noteServed, noteStarted } from '../../../functions/broadcast/post-outcome.ts'
import { planPosts } from '../../../functions/broadcast/post-plan.ts'
import { createTradeJournal } from '../../../functions/broadcast/trade-journal.ts'
import { addMillis, asEpochMillis, type Millis } from '../../../market/units.ts'

const START = asEpochMillis(1_800_000_000_000)
const ROUND_MS: Millis = 100
const TIME = '{"type":"time","time":"2026-11-20T09:00:00.000000+09:00"}'

/** An environment whose connections have nothing but the event `time`. */
function openQuiet(count: number) {
  const journal = createTradeJournal()
  const log = createMarketLog(() => true, journal)
  const events = createEventLog()
  const members = createMembers()
  const missed = createMissedTexts(log, journal)
  for (let index = 0; index < count; index++) {
    addMember(members, `Qx${index}AbCdEfG=`, 'room-0', {
      encoding: 'json',
      pace: 500,
      since: 0,
      eventsSince: 0,
    })
  }
  return {
    /** Plays a round. Returns its posts, and the factor of the paces. */
    round(at: Millis, isServed = true) {
      const now = addMillis(START, at)
      const budget = (POSTS_PER_SECOND * ROUND_MS) / 1_000
      const { chosen, stretch } = chooseDue({ members, log, events, paceFactor: 1 }, budget, now)
      const { posts } = planPosts(
        chosen,
        { log, journal, events, missed },
        { now, status: undefined, time: TIME },
      )
      for (const { member, content } of posts) {
        noteStarted(member, now, member.pace)
        member.inFlight = false
        if (isServed) noteServed(member, content)
      }
      return { posts, stretch }
    },
  }
}

test('ten thousand quiet connections get the time every 15 s, spread over this time, and no pace becomes longer', () => {
  const { round } = openQuiet(10_000)
  const last = new Map<string, Millis>()
  let [longest, most] = [0, 0]
  for (let at = 0; at < 60_000; at += ROUND_MS) {
    const { posts, stretch } = round(at)
    assert.equal(stretch, 1)
    most = Math.max(most, posts.length)
    for (const { member, events } of posts) {
      assert.deepEqual(events, [TIME])
      longest = Math.max(longest, at - (last.get(member.connection) ?? at))
      last.set(member.connection, at)
    }
  }
  assert.equal(last.size, 10_000)
  assert.ok(longest <= 15_000 + ROUND_MS, `${longest} ms without the time`)
  // 67 posts in a round of 100 ms on average; 800 are allowed.
  assert.ok(most < 150, `${most} posts in a round`)
})

test('a connection that did not get the time is due again after its pace', () => {
  const { round } = openQuiet(1)
  let at = 0
  while (round(at, false).posts.length === 0) at += ROUND_MS
  assert.equal(round(at + 400).posts.length, 0)
  assert.equal(round(at + 500).posts.length, 1)
  assert.equal(round(at + 15_400).posts.length, 0)
  assert.equal(round(at + 15_500).posts.length, 1)
})
