import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { addMember, createMembers, setIssues } from '../../../functions/broadcast/members.ts'
import { noteResult } from '../../../functions/broadcast/note-result.ts'
import { asEpochMillis } from '../../../market/units.ts'
import type { PushResult } from '../../../posts/push.ts'

const NOW = 1_800_000_000_000

/**
 * Notes a result for a member with two issues, of which the post had one as a whole board. By default the member had a
 * failed post before. It had a throttled post, and lacks the status. Returns what has become of the member.
 * @param result the connections in each list of the result; undefined if the push failed as a whole.
 * @param has the age of the last change of the connection (ms), and its failed posts before this one.
 */
function noted(
  t: TestContext,
  result: Partial<PushResult> | undefined,
  { age = 60_000, failures = 1 }: { age?: number; failures?: number } = {},
) {
  t.mock.timers.enable({ apis: ['Date'], now: NOW })
  t.mock.method(Math, 'random', () => 0)
  const members = createMembers()
  const marked: (readonly [room: string, connection: string])[] = []
  const member = addMember(members, 'app', 'room-1', {
    pace: 500,
    since: 3,
    encoding: 'json',
    eventsSince: 1,
  })
  setIssues(
    members,
    member,
    new Map([
      ['7203', 'board'],
      ['6758', 'board'],
    ]),
  )
  Object.assign(member, { changedAt: asEpochMillis(NOW - age), failures, throttles: 1, inFlight: true })
  Object.assign(member, { lacksStatus: true, freeAt: asEpochMillis(NOW + 500) })
  for (const issue of member.issues.keys()) {
    member.owed.add(issue)
    member.fresh.add(issue)
  }
  const whole = {
    posts: 1,
    gone: [],
    failed: [],
    throttled: [],
    errors: [],
    postMilliseconds: 1,
    slowestPost: 1,
  }
  const marker = { add: (room: string, connection: string) => void marked.push([room, connection]) }
  const content = { round: 7, event: 4, whole: new Map([['7203', 'board'] as const]), status: true }
  const post = { member, updates: ['text'], events: [], content }
  noteResult({ marker }, post, result && { ...whole, ...result })
  t.mock.timers.reset()
  return {
    marked,
    rest: Math.max(0, member.restsUntil - NOW),
    free: member.freeAt - NOW,
    counts: [member.failures, member.throttles],
    has: [member.since, member.eventsSince],
    lacks: [[...member.owed], [...member.fresh], member.lacksStatus],
    inFlight: member.inFlight,
  }
}

const SERVED = {
  marked: [],
  rest: 0,
  free: 500,
  counts: [0, 0],
  has: [7, 4],
  lacks: [['6758'], ['6758'], false],
  inFlight: false,
}
const NOT_SERVED = {
  ...SERVED,
  counts: [1, 1],
  has: [3, 1],
  lacks: [['7203', '6758'], ['7203', '6758'], true],
}

test('a member that got its post has what the post contained, whatever became of others', t => {
  assert.deepEqual(noted(t, {}), SERVED)
  assert.deepEqual(noted(t, { gone: ['b'], failed: ['c'], throttled: ['d'] }), SERVED)
})

test('a member that seems to have ended rests; after a fourth failure it is looked up', t => {
  const gone = { gone: ['b', 'app'] }
  for (const [failures, rest] of [
    [0, 1_000],
    [1, 2_000],
    [2, 4_000],
  ] as const) {
    assert.deepEqual(noted(t, gone, { failures }), { ...NOT_SERVED, rest, counts: [failures + 1, 1] })
  }
  const fourth = { ...NOT_SERVED, rest: 8_000, counts: [4, 1], marked: [['room-1', 'app']] }
  assert.deepEqual(noted(t, gone, { failures: 3 }), fourth)
})

test('a member whose handshake may not have ended rests for half a second, and lacks what it lacked', t => {
  assert.deepEqual(noted(t, { gone: ['app'] }, { age: 9_999 }), { ...NOT_SERVED, rest: 500, counts: [2, 1] })
})

test('a throttled member, or one whose push failed as a whole, may get its next post before its pace is over', t => {
  const throttled = { ...NOT_SERVED, free: 200, counts: [1, 2] }
  assert.deepEqual(noted(t, { throttled: ['app'] }), throttled)
  assert.deepEqual(noted(t, undefined), throttled)
})

test('a member whose post failed rests, and lacks what it lacked', t => {
  assert.deepEqual(noted(t, { failed: ['app'] }), { ...NOT_SERVED, rest: 500, counts: [2, 1] })
})
