import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  type Answer,
  isSession,
  issueCodes,
  type OutsideAnswers,
  outsideProblems,
} from '../../../functions/canary/outside-checks.ts'
import { momentFromIso } from '../../../market/moment.ts'

/** Three minutes: what storing takes at the speed of the real market. */
const STORING = 180_000_000

const iso = (time: string): string => `2026-11-20T${time}+09:00`
const ok = (where: string, body: unknown): Answer => ({ where, status: 200, body })

const PHASES = [
  ['closed', '00:00:00'],
  ['warm-up', '07:30:00'],
  ['order-acceptance', '08:00:00'],
  ['morning', '09:00:00'],
  ['closing', '15:25:00'],
  ['closed', '16:30:00'],
] as const
const calendarAt = (phase: string, phases: readonly (readonly [string, string])[] = PHASES): Answer =>
  ok('/v1/calendar', {
    phase,
    days: [{ phases: phases.map(([name, from]) => ({ phase: name, from: iso(from) })) }],
  })
const statusOf = (phase: string, ...states: readonly string[]): Answer =>
  ok('/v1/status', { phase, lines: states.map((state, index) => ({ line: index + 1, state })) })
const boardOf = (asOf: string): Answer => ok('/v1/boards/1301', { asOf: iso(asOf), board: null })
const NO_BOARD: Answer = { where: '/v1/boards/1301', status: 404, body: { code: 'unknown-issue' } }

/** 09:30: everything as it should be. */
const GOOD: Required<OutsideAnswers> = {
  status: statusOf('morning', 'live', 'live', 'live'),
  calendar: calendarAt('morning'),
  issues: ok('/v1/issues', { issues: [{ code: '1301' }] }),
  board: boardOf('09:10:00'),
}

function problems(changes: Partial<OutsideAnswers> = {}, now = '09:30:00', without?: 'board'): string[] {
  const { board, ...others } = { ...GOOD, ...changes }
  const moment = momentFromIso(iso(now))
  assert.ok(moment !== undefined)
  const answers = without === 'board' ? others : { ...others, board }
  return outsideProblems(answers, moment, STORING).map(
    ({ where, expected, got }) => `${where}: expected ${expected}, got ${got}`,
  )
}

suite('what readers must find', () => {
  test('is there when everything works', () => {
    assert.deepEqual(problems(), [])
  })

  test('is an answer 200 with the members of the documents', () => {
    const refused = { where: '/v1/status', status: 503, body: { message: 'Service Unavailable' } }
    assert.deepEqual(problems({ status: refused }), [
      '/v1/status: expected 200, got 503: {"message":"Service Unavailable"}',
    ])
    const silent = { where: '/v1/calendar', body: 'TimeoutError' }
    assert.deepEqual(problems({ calendar: silent }), [
      '/v1/calendar: expected 200, got no answer: TimeoutError',
    ])
    assert.match(
      problems({ status: ok('/v1/status', { phase: 'noon', lines: [] }) }).join(),
      /^\/v1\/status: expected the members of docs\/rest\.md, got .*"noon"/s,
    )
    assert.match(
      problems({ board: ok('/v1/boards/1301', 'x') }).join(),
      /^\/v1\/boards\/1301: expected the members/,
    )
    const html = { where: '/v1/issues', status: 502, body: 'x'.repeat(1_000) }
    assert.deepEqual(problems({ issues: html }), [`/v1/issues: expected 200, got 502: ${'x'.repeat(200)}`])
  })

  test('is a line that is not stale, except while the exchange is closed', () => {
    assert.deepEqual(problems({ status: statusOf('morning', 'stale', 'recovering', 'stale') }), [])
    assert.deepEqual(problems({ status: statusOf('morning', 'stale', 'stale') }), [
      '/v1/status: expected a line that is not stale, got line 1 stale, line 2 stale',
    ])
    assert.deepEqual(problems({ status: statusOf('morning') }), [
      '/v1/status: expected a line that is not stale, got no line',
    ])
    const night = { calendar: calendarAt('closed'), board: NO_BOARD }
    assert.deepEqual(problems({ ...night, status: statusOf('closed', 'stale') }, '03:00:00'), [])
  })

  test('is the phase of the calendar, or the phase of a line that is heard', () => {
    // A late close: the line still trades.
    assert.deepEqual(problems({ status: statusOf('closing', 'live'), calendar: calendarAt('closed') }), [])
    const night = { calendar: calendarAt('closed'), board: NO_BOARD }
    assert.deepEqual(problems({ ...night, status: statusOf('morning', 'stale') }, '03:00:00'), [
      '/v1/status: expected the phase of the calendar, closed, got morning',
    ])
  })

  test('is a delayed board as soon as one must exist: orders for 20 minutes, and the storing', () => {
    const missing = ['/v1/boards/1301: expected 200, got 404: {"code":"unknown-issue"}']
    assert.deepEqual(problems({ board: NO_BOARD }, '08:22:59'), [])
    assert.deepEqual(problems({ board: NO_BOARD }, '08:23:00'), missing)
    assert.deepEqual(problems({ board: NO_BOARD }, '16:29:59'), missing)
    assert.deepEqual(problems({ board: NO_BOARD }, '16:30:00'), [])
    const holiday = calendarAt('closed', [['closed', '00:00:00']])
    assert.deepEqual(problems({ board: NO_BOARD, calendar: holiday }, '10:00:00'), [])
    // Another refusal is never right.
    assert.deepEqual(problems({ board: { ...NO_BOARD, status: 429, body: 'x' } }, '08:00:00'), [
      '/v1/boards/1301: expected 200, got 429: x',
    ])
  })

  test('is a board that is at most the delay and the storing old', () => {
    assert.deepEqual(problems({ board: boardOf('09:07:00') }), [])
    assert.deepEqual(problems({ board: boardOf('09:06:59') }), [
      '/v1/boards/1301: expected asOf from 2026-11-20T09:07:00.000000+09:00 on, got 2026-11-20T09:06:59.000000+09:00',
    ])
    // The end of an earlier date, before today has any.
    assert.deepEqual(problems({ board: boardOf('00:00:00') }, '08:22:59'), [])
  })

  test('is an issue, when a delayed board must exist', () => {
    const none = { issues: ok('/v1/issues', { issues: [] }) }
    assert.deepEqual(problems(none, '08:22:59', 'board'), [])
    assert.deepEqual(problems(none, '08:23:00', 'board'), ['/v1/issues: expected an issue, got none'])
    const refused = { issues: { where: '/v1/issues', status: 500, body: 'x' } }
    assert.deepEqual(problems(refused, '08:23:00', 'board'), ['/v1/issues: expected 200, got 500: x'])
  })
})

test('issues are those of a right answer alone', () => {
  assert.deepEqual(issueCodes(GOOD.issues), ['1301'])
  assert.deepEqual(issueCodes(ok('/v1/issues', { issues: [] })), [])
  assert.deepEqual(issueCodes({ ...GOOD.issues, status: 500 }), [])
  assert.deepEqual(issueCodes(ok('/v1/issues', 'x')), [])
})

test('the exchange trades in the morning and in the afternoon', () => {
  const phases = ['closed', 'order-acceptance', 'morning', 'lunch', 'afternoon', 'closing']
  assert.deepEqual(
    phases.filter(phase => isSession(calendarAt(phase))),
    ['morning', 'afternoon'],
  )
  assert.equal(isSession({ ...GOOD.calendar, status: 500 }), false)
})
