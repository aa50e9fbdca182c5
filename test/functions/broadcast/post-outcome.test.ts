import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addMember, createMembers, type Member, setIssues } from '../../../functions/broadcast/members.ts'
import {
  mayBeConnecting,
  noteFailed,
  noteServed,
  noteStarted,
  noteThrottled,
  noteTooEarly,
} from '../../../functions/broadcast/post-outcome.ts'
import { addMillis, asEpochMillis, type EpochMillis } from '../../../market/units.ts'
import { NO_CONTENT } from './plain-plan.ts'

const NOW = asEpochMillis(1_800_000_000_000)

const newMember = (): Member =>
  addMember(createMembers(), 'app', 'room-0', { pace: 500, since: 0, encoding: 'json', eventsSince: 0 })

/** Returns for how long a member rests (ms) after each of several failures. */
function restsOf(member: Member, count: number, fail: (member: Member, now: EpochMillis) => void): number[] {
  return Array.from({ length: count }, () => {
    fail(member, NOW)
    return member.restsUntil - NOW
  })
}

test('a member rests for a quarter of a second after a failed post, twice as long after each further one, at most 30 s', () => {
  const app = newMember()
  assert.deepEqual(
    restsOf(app, 9, noteFailed),
    [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000],
  )
  noteServed(app, NO_CONTENT)
  assert.deepEqual(restsOf(app, 1, noteFailed), [250])
})

test('after a failed post the next one may start when the rest or the pace is over, whichever is earlier', () => {
  for (const [pace, free] of [
    [2_000, 250],
    [200, 200],
  ] as const) {
    const app = newMember()
    app.freeAt = addMillis(NOW, pace)
    noteFailed(app, NOW)
    assert.deepEqual([app.freeAt - NOW, app.restsUntil - NOW], [free, 250])
  }
})

test('a member whose handshake may not have ended rests for a quarter of a second, then longer', () => {
  assert.deepEqual(restsOf(newMember(), 4, noteTooEarly), [250, 500, 1_000, 1_000])
})

test('a throttled member waits for 100 to 200 ms, twice as long after each further time, at most for 1 to 2 s', t => {
  const app = newMember()
  const waitOf = (random: number): number => {
    t.mock.method(Math, 'random', () => random)
    noteThrottled(app, NOW)
    return app.restsUntil - NOW
  }
  assert.deepEqual(
    Array.from({ length: 6 }, () => waitOf(0)),
    [100, 200, 400, 800, 1_000, 1_000],
  )
  noteServed(app, NO_CONTENT)
  assert.deepEqual(
    Array.from({ length: 6 }, () => waitOf(0.5)),
    [150, 300, 600, 1_200, 1_500, 1_500],
  )
})

test('a throttled member keeps its turn six times in a row, then waits like a new one', t => {
  t.mock.method(Math, 'random', () => 0)
  const app = newMember()
  const dueAt = addMillis(NOW, -300)
  const turns = Array.from({ length: 7 }, () => {
    app.dueAt = dueAt
    noteStarted(app, NOW, 500)
    noteThrottled(app, NOW)
    return [app.freeAt, app.waitingSince]
  })
  const kept = Array.from({ length: 6 }, () => [dueAt, dueAt])
  assert.deepEqual(turns, [...kept, [addMillis(NOW, 1_000), undefined]])
})

test('a handshake may take ten seconds from the change of the connection', () => {
  const app = newMember()
  app.changedAt = NOW
  assert.equal(mayBeConnecting(app, addMillis(NOW, 9_999)), true)
  assert.equal(mayBeConnecting(app, addMillis(NOW, 10_000)), false)
})

test('a whole board of a view that the connection has changed meanwhile is still owed', () => {
  const members = createMembers()
  const app = addMember(members, 'app', 'room-0', { pace: 500, since: 0, encoding: 'json', eventsSince: 0 })
  setIssues(
    members,
    app,
    new Map([
      ['7203', 'board'],
      ['6758', 'quote'],
    ]),
  )
  app.owed.add('7203').add('6758')
  noteServed(app, {
    ...NO_CONTENT,
    whole: new Map([
      ['7203', 'quote'],
      ['6758', 'quote'],
    ]),
  })
  assert.deepEqual([...app.owed], ['7203'])
})

test('missed trades that a connection has asked for again meanwhile are still missing', () => {
  const app = newMember()
  const mark = { date: '2026-11-20', askedAt: asEpochMillis(0) }
  const [asked, again] = [
    { ...mark, sequence: 5 },
    { ...mark, sequence: 3 },
  ]
  const missed = new Map(['7203', '6758', '130A'].map(issue => [issue, { from: asked, to: undefined }]))
  app.missing.set('7203', asked).set('6758', again)
  noteServed(app, { ...NO_CONTENT, missed })
  assert.deepEqual([...app.missing], [['6758', again]])
  const next = { ...mark, sequence: 205 }
  noteServed(app, { ...NO_CONTENT, missed: new Map([['6758', { from: again, to: next }]]) })
  assert.deepEqual([...app.missing], [['6758', next]])
})
