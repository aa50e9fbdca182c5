import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { addMember, createMembers, setIssues } from '../../../functions/broadcast/members.ts'
import { notePush } from '../../../functions/broadcast/note-result.ts'
import { FULL_AFTER, PROBATION_POSTS } from '../../../functions/broadcast/post-outcome.ts'
import type { Answers } from '../../../functions/broadcast/refusals.ts'
import { asEpochMillis, type EpochMillis, type Millis } from '../../../market/units.ts'
import type { PushResult } from '../../../posts/push.ts'
import { NO_CONTENT } from './plain-plan.ts'

const NOW = asEpochMillis(1_800_000_000_000)

interface Before {
  /** Age of the last change of the connection. */
  readonly age?: Millis
  readonly failures?: number
  readonly throttles?: number
  readonly refusals?: number
  readonly probation?: number
  readonly refusedAt?: EpochMillis
}

/**
 * Notes a result for a member with two issues, of which the post had one as a whole board. By default the member had a
 * failed and a throttled post before, and lacks the status. Returns what has become of the member.
 * @param result the connections in each list of the result; undefined if the push failed as a whole.
 * @param gateway what the posts of all connections show.
 */
function noted(
  t: TestContext,
  result: Partial<PushResult> | undefined,
  { age = 60_000, failures = 1, throttles = 1, refusals = 0, probation = 0, refusedAt }: Before = {},
  gateway = { isRefusing: false, isSilent: false },
) {
  t.mock.method(Math, 'random', () => 0)
  const members = createMembers()
  const marked: (readonly [room: string, connection: string])[] = []
  const start = { pace: 500, since: 3, encoding: 'json', eventsSince: 1 } as const
  const member = addMember(members, 'app', 'room-1', start)
  setIssues(
    members,
    member,
    new Map([
      ['7203', 'board'],
      ['6758', 'board'],
    ]),
  )
  Object.assign(member, { changedAt: asEpochMillis(NOW - age), failures, throttles, inFlight: true })
  Object.assign(member, { refusals, probation, refusedAt, dueAt: asEpochMillis(NOW - 100) })
  Object.assign(member, { lacksStatus: true, freeAt: asEpochMillis(NOW + 500) })
  for (const issue of member.issues.keys()) {
    member.owed.add(issue)
    member.fresh.add(issue)
  }
  const lists = { gone: [], failed: [], silent: [], throttled: [], limited: [], errors: [] }
  const whole = { posts: 1, ...lists, postMilliseconds: 1, slowestPost: 1 }
  const marker = { add: (room: string, connection: string) => void marked.push([room, connection]) }
  const evidence: Answers[] = []
  const passed: number[] = []
  const content = {
    ...NO_CONTENT,
    round: 7,
    event: 4,
    whole: new Map([['7203', 'board'] as const]),
    status: true,
  }
  const post = { member, missed: [], updates: ['text'], events: [], content }
  const judge = {
    note: (answers: Answers) => void evidence.push(answers),
    notePassed: (at: EpochMillis) => void passed.push(at),
    isGatewayRefusing: () => gateway.isRefusing,
    isGatewaySilent: () => gateway.isSilent,
  }
  const blame = notePush({ marker, refusals: judge }, [post], result && { ...whole, ...result }, NOW)
  return {
    seen: {
      marked,
      rest: Math.max(0, member.restsUntil - NOW),
      free: member.freeAt - NOW,
      counts: [member.failures, member.throttles],
      has: [member.since, member.eventsSince],
      lacks: [[...member.owed], [...member.fresh], member.lacksStatus],
      inFlight: member.inFlight,
    },
    member,
    evidence,
    passed,
    blame,
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
  assert.deepEqual(noted(t, {}).seen, SERVED)
  assert.deepEqual(noted(t, { gone: ['b'], failed: ['c'], throttled: ['d'] }).seen, SERVED)
})

test('a member that seems to have ended rests; after a fourth failure it is looked up', t => {
  const gone = { gone: ['b', 'app'] }
  for (const [failures, rest] of [
    [0, 1_000],
    [1, 2_000],
    [2, 4_000],
  ] as const) {
    assert.deepEqual(noted(t, gone, { failures }).seen, { ...NOT_SERVED, rest, counts: [failures + 1, 1] })
  }
  const fourth = { ...NOT_SERVED, rest: 8_000, counts: [4, 1], marked: [['room-1', 'app']] }
  assert.deepEqual(noted(t, gone, { failures: 3 }).seen, fourth)
})

test('a member whose handshake may not have ended rests for half a second, and lacks what it lacked', t => {
  const { seen } = noted(t, { gone: ['app'] }, { age: 9_999 })
  assert.deepEqual(seen, { ...NOT_SERVED, rest: 500, counts: [2, 1] })
})

test('a member whose post API Gateway did not serve, or whose push failed as a whole, keeps its turn', t => {
  const throttled = { ...NOT_SERVED, rest: 200, free: -100, counts: [1, 2] }
  const unserved = noted(t, { throttled: ['app'] })
  assert.deepEqual([unserved.seen, unserved.blame], [throttled, { gateway: 1, connection: 0 }])
  const failed = noted(t, undefined)
  assert.deepEqual(
    [failed.seen, failed.blame, failed.evidence],
    [throttled, { gateway: 0, connection: 0 }, []],
  )
})

test('a member whose post failed rests, and lacks what it lacked', t => {
  const { seen, blame } = noted(t, { failed: ['app'] })
  assert.deepEqual(
    [seen, blame],
    [
      { ...NOT_SERVED, rest: 500, counts: [2, 1] },
      { gateway: 0, connection: 1 },
    ],
  )
})

test('a member without an answer in time rests only while API Gateway answers others', t => {
  const silent = { failed: ['app'], silent: ['app'] }
  const slow = noted(t, silent)
  assert.deepEqual([slow.seen.rest, slow.blame], [500, { gateway: 0, connection: 1 }])
  const all = noted(t, silent, {}, { isRefusing: false, isSilent: true })
  assert.deepEqual([all.seen.rest, all.seen.counts, all.blame], [200, [1, 2], { gateway: 1, connection: 0 }])
})

const LIMITED = { throttled: ['app'], limited: ['app'] }
const SOUND = { failures: 0, throttles: 0 }

test('a refused member is refused for its full buffer from the third time in a row on', t => {
  const rests = [0, 1, 2, 3, 4, 5].map(refusals => {
    const { seen, blame } = noted(t, LIMITED, { failures: 0, throttles: refusals, refusals })
    return [seen.rest, seen.free, blame.connection]
  })
  assert.equal(FULL_AFTER, 3)
  const full = [1_000, 2_000, 4_000, 4_000].map(rest => [rest, -100, 1])
  assert.deepEqual(rests, [[100, -100, 0], [200, -100, 0], ...full])
})

test('while API Gateway refuses many, a refused member never rests as one with a full buffer', t => {
  const { seen, member, blame } = noted(
    t,
    LIMITED,
    { ...SOUND, refusals: 2 },
    { isRefusing: true, isSilent: false },
  )
  assert.deepEqual([seen.rest, member.refusals, blame], [100, 2, { gateway: 1, connection: 0 }])
  assert.equal(member.refusedAt, undefined)
})

test('only a refusal of a member that took its last five posts is evidence when it passes', t => {
  const refusedAt = (before: Before) => noted(t, LIMITED, before).member.refusedAt
  assert.equal(refusedAt(SOUND), NOW)
  assert.equal(refusedAt({ ...SOUND, probation: 1 }), undefined)
  assert.equal(refusedAt({ ...SOUND, throttles: 1, refusedAt: NOW }), undefined)
  assert.equal(refusedAt({ ...SOUND, failures: 1 }), undefined)
  assert.equal(PROBATION_POSTS, 5)
  assert.equal(noted(t, LIMITED, SOUND).member.probation, 5)
  const served = noted(t, {}, { ...SOUND, throttles: 1, refusals: 1, probation: 5, refusedAt: NOW })
  assert.deepEqual([served.passed, served.blame], [[NOW], { gateway: 1, connection: 0 }])
  const { refusals, probation, refusedAt: after } = served.member
  assert.deepEqual([refusals, probation, after], [0, 4, undefined])
  const later = noted(t, {}, { ...SOUND, throttles: 2, refusals: 2, probation: 5 })
  assert.deepEqual([later.passed, later.blame], [[], { gateway: 0, connection: 0 }])
})

test('a push is evidence as far as its members took their last posts', t => {
  const evidence = (result: Partial<PushResult>, before: Before) => noted(t, result, before).evidence
  const none = { posts: 0, refused: 0, unanswered: 0, allRefused: 0 }
  assert.deepEqual(evidence({}, SOUND), [{ ...none, posts: 1 }])
  assert.deepEqual(evidence(LIMITED, SOUND), [{ ...none, posts: 1, refused: 1, allRefused: 1 }])
  assert.deepEqual(evidence(LIMITED, { failures: 0 }), [{ ...none, allRefused: 1 }])
  assert.deepEqual(evidence({ throttled: ['app'] }, SOUND), [{ ...none, posts: 1, unanswered: 1 }])
  const silent = { failed: ['app'], silent: ['app'] }
  assert.deepEqual(evidence(silent, SOUND), [{ ...none, posts: 1, unanswered: 1 }])
  assert.deepEqual(evidence(silent, { throttles: 0 }), [none])
  assert.deepEqual(evidence({ failed: ['app'] }, SOUND), [{ ...none, posts: 1 }])
})
