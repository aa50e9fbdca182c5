import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import {
  addMember,
  awakeMembers,
  createMembers,
  holdersOf,
  type Member,
  mayBeConnecting,
  noteFailed,
  noteServed,
  noteThrottled,
  noteTooEarly,
  removeMember,
  setIssues,
} from '../../../functions/broadcast/members.ts'
import { asEpochMillis } from '../../../market/units.ts'

const NOW = 1_800_000_000_000

/** A member at a mocked time. */
function member(t: TestContext) {
  t.mock.timers.enable({ apis: ['Date'], now: NOW })
  const members = createMembers()
  return { members, app: addMember(members, 'app', 'room-0') }
}

/** Returns for how long a member rests (ms) after a failure, and passes this time. */
function restOf(t: TestContext, app: Member, fail: (member: Member, issues: string[]) => void): number {
  fail(app, [])
  const rest = app.restsUntil - Date.now()
  t.mock.timers.tick(rest)
  return rest
}

test('a member rests for two seconds after a failed post, twice as long after each further one, at most 30 s', t => {
  const { app } = member(t)
  const rests = Array.from({ length: 6 }, () => restOf(t, app, noteFailed))
  assert.deepEqual(rests, [2_000, 4_000, 8_000, 16_000, 30_000, 30_000])
  noteServed(app)
  assert.equal(restOf(t, app, noteFailed), 2_000)
})

test('a member whose handshake may not have ended rests for a quarter of a second, then longer', t => {
  const { app } = member(t)
  const rests = Array.from({ length: 4 }, () => restOf(t, app, noteTooEarly))
  assert.deepEqual(rests, [250, 500, 1_000, 1_000])
})

test('a throttled member waits for 50 to 100 ms, twice as long after each further time, at most for 1 to 2 s', t => {
  const { app } = member(t)
  const waitOf = (random: number): number => {
    t.mock.method(Math, 'random', () => random)
    noteThrottled(app)
    return app.waitsUntil - Date.now()
  }
  assert.deepEqual(
    Array.from({ length: 7 }, () => waitOf(0)),
    [50, 100, 200, 400, 800, 1_000, 1_000],
  )
  noteServed(app)
  assert.deepEqual(
    Array.from({ length: 7 }, () => waitOf(0.5)),
    [75, 150, 300, 600, 1_200, 1_500, 1_500],
  )
  noteServed(app)
  noteFailed(app, [])
  assert.equal(waitOf(0), 50)
})

test('a second failure during a rest does not make it longer', t => {
  const { app } = member(t)
  noteFailed(app, [])
  t.mock.timers.tick(1_999)
  noteFailed(app, [])
  assert.equal(app.restsUntil, NOW + 2_000)
  assert.equal(app.failures, 1)
})

test('a member is awake from the end of its rest on', t => {
  const { members, app } = member(t)
  assert.deepEqual(awakeMembers(members), [app])
  noteFailed(app, [])
  t.mock.timers.tick(1_999)
  assert.deepEqual(awakeMembers(members), [])
  t.mock.timers.tick(1)
  assert.deepEqual(awakeMembers(members), [app])
})

test('a handshake may take ten seconds from the change of the connection', t => {
  const { app } = member(t)
  app.changedAt = asEpochMillis(NOW)
  t.mock.timers.tick(9_999)
  assert.equal(mayBeConnecting(app), true)
  t.mock.timers.tick(1)
  assert.equal(mayBeConnecting(app), false)
})

test('a member that failed lacks the status and is owed those of the issues that it holds', t => {
  const { members, app } = member(t)
  setIssues(members, app, new Set(['6758', '7203']))
  assert.deepEqual([app.lacksStatus, [...app.owed]], [false, []])
  noteFailed(app, ['7203', '9984'])
  assert.deepEqual([app.lacksStatus, [...app.owed]], [true, ['7203']])
})

test('an issue that a member gives up is neither fresh nor owed, and has no holder; new issues are returned', t => {
  const { members, app } = member(t)
  const other = addMember(members, 'other', 'room-0')
  assert.deepEqual(setIssues(members, app, new Set(['6758', '7203'])), ['6758', '7203'])
  setIssues(members, other, new Set(['7203']))
  for (const issue of app.issues) {
    app.fresh.add(issue)
    app.owed.add(issue)
  }
  assert.deepEqual(setIssues(members, app, new Set(['6758', '9984'])), ['9984'])
  assert.deepEqual([...app.fresh, ...app.owed], ['6758', '6758'])
  assert.deepEqual([...holdersOf(members, '7203')], [other])
  assert.deepEqual([...holdersOf(members, '9984')], [app])
  removeMember(members, app)
  assert.deepEqual([...holdersOf(members, '6758'), ...holdersOf(members, '9984')], [])
  assert.deepEqual(awakeMembers(members), [other])
  assert.equal(members.byIssue.has('6758'), false)
})
