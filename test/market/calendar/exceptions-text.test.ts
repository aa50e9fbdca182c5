import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Calendar } from '../../../market/calendar/calendar.ts'
import {
  checkExceptions,
  conflictsWithRules,
  ExceptionsError,
  parseExceptions,
} from '../../../market/calendar/exceptions-text.ts'
import { momentOf, momentToIso } from '../../../market/moment.ts'
import { phasesOf } from '../../../market/phase.ts'
import { asTradingDate } from '../../../market/units.ts'

const HOURS = { orders: '08:00', morning: '09:00-11:30', afternoon: '12:30-15:30', closing: '15:25' }
const HALF_DAY = { orders: '08:00', morning: '09:00-11:30', afternoon: null }
const NOTE = 'a test'

const fileOf = (...exceptions: readonly unknown[]): string => JSON.stringify({ exceptions })
/** Returns the problems of a text. */
function problemsOf(text: string): readonly string[] {
  try {
    parseExceptions(text)
  } catch (error) {
    assert.ok(error instanceof ExceptionsError)
    assert.deepEqual(error.message.split('\n').slice(1), error.problems)
    return error.problems
  }
  return []
}
const hoursProblems = (hours: unknown): readonly string[] =>
  problemsOf(fileOf({ kind: 'hours', date: '2026-12-30', note: NOTE, hours }))

test('exceptions of every kind are read', () => {
  const text = JSON.stringify({
    version: 7,
    exceptions: [
      { kind: 'closed', date: '2026-12-01', note: 'システム移行' },
      { kind: 'hours', date: '2026-12-30', note: '半日立会', hours: HALF_DAY },
      {
        kind: 'hours',
        date: '2026-12-02',
        note: NOTE,
        hours: { orders: '12:05', morning: null, afternoon: '12:30-15:30' },
      },
      { kind: 'open', date: '2026-12-05', note: NOTE },
      { kind: 'open', date: '2026-12-06', note: NOTE, hours: { ...HOURS, afternoon: '12:30-16:00' } },
      { kind: 'new-hours', since: '2027-04-05', note: NOTE, hours: { ...HOURS, afternoon: '11:30-15:30' } },
    ],
  })
  const { version, exceptions } = parseExceptions(text)
  assert.equal(version, 7)
  const calendar = new Calendar(exceptions)
  const shown = (date: number): string => {
    const { hours } = calendar.dayOf(asTradingDate(date))
    if (hours === undefined) return 'closed'
    const starts = phasesOf(hours).slice(1, -1)
    return starts
      .map(({ phase, time }) => `${momentToIso(momentOf(asTradingDate(date), time)).slice(11, 16)} ${phase}`)
      .join(', ')
  }
  assert.equal(shown(20261201), 'closed')
  assert.equal(shown(20261230), '07:30 warm-up, 08:00 order-acceptance, 09:00 morning, 11:30 wind-down')
  assert.equal(shown(20261202), '11:35 warm-up, 12:05 order-acceptance, 12:30 afternoon, 15:30 wind-down')
  const usual =
    '07:30 warm-up, 08:00 order-acceptance, 09:00 morning, 11:30 lunch, 12:30 afternoon, 15:25 closing'
  assert.equal(shown(20261205), `${usual}, 15:30 wind-down`)
  assert.equal(shown(20261206), `${usual}, 16:00 wind-down`)
  assert.equal(
    shown(20270405),
    '07:30 warm-up, 08:00 order-acceptance, 09:00 morning, 11:30 afternoon, 15:25 closing, 15:30 wind-down',
  )
})

test('every problem of a file is listed at once, with its place', () => {
  const text = fileOf(
    { kind: 'closed', date: '2026-02-30', note: ' ' },
    { kind: 'holiday' },
    { kind: 'closed', date: '2026-12-30', note: NOTE, until: '2026-12-31' },
    { kind: 'hours', date: '2026-12-29', note: NOTE, hours: { ...HOURS, morning: '09:00-08:00' } },
    { kind: 'closed', date: '2026-12-29', note: NOTE },
    'closed',
  )
  assert.deepEqual(problemsOf(text), [
    'exceptions[0].date: expected a date YYYY-MM-DD from 2015-01-01 to 2050-12-31, got "2026-02-30"',
    'exceptions[0].note: expected a reason of up to 200 characters, got 1 characters',
    'exceptions[1].kind: expected ("closed" | "open" | "hours" | "new-hours"), got "holiday"',
    'exceptions[2].until: unknown member',
    'exceptions[3].hours.morning: expected to end after it starts, got "09:00-08:00"',
    'exceptions[5]: expected Object, got "closed"',
    '2026-12-29: expected one exception, got 2: hours, closed',
  ])
})

test('contradictions to the rules and hours out of order are listed beside what cannot be read', () => {
  const text = fileOf(
    { kind: 'closed', date: '2026-11-29', note: NOTE },
    // Its morning cannot be read. Its afternoon starts and its orders come too late all the same.
    {
      kind: 'hours',
      date: '2026-12-05',
      note: NOTE,
      hours: { orders: '13:00', morning: '9:00', afternoon: '12:30-12:00', closing: '16:00' },
    },
    { kind: 'open', date: '2026-12-01', note: NOTE, hours: { ...HOURS, closing: '15:99', orders: '09:01' } },
    { kind: 'closed', date: '2026-12-01', note: '' },
    { kind: 'hours', date: '2026-12-02', note: NOTE, hours: { ...HOURS, open: '09:00', afternoon: 5 } },
  )
  const session = 'expected a session HH:MM-HH:MM from 07:00 to 22:00, or null if it does not take place'
  const own = [
    `exceptions[1].hours.morning: ${session}, got "9:00"`,
    'exceptions[1].hours.afternoon: expected to end after it starts, got "12:30-12:00"',
    'exceptions[1].hours.closing: expected a time within the last session, got "16:00"',
    'exceptions[2].hours.closing: expected a time HH:MM from 07:00 to 22:00, got "15:99"',
    'exceptions[2].hours.orders: expected up to the opening, got "09:01"',
    'exceptions[3].note: expected a reason of up to 200 characters, got 0 characters',
    'exceptions[4].hours.afternoon: expected string, got 5',
    'exceptions[4].hours.open: unknown member',
    '2026-12-01: expected one exception, got 2: open, closed',
  ]
  assert.deepEqual(problemsOf(text), own)
  const { problems, conflicts } = checkExceptions(text)
  assert.deepEqual(problems, own)
  assert.deepEqual(conflicts, [
    '2026-11-29: expected a trading date to close; it is closed by rule: weekend',
    '2026-12-05: expected a trading date for other hours; it is closed by rule: weekend. An additional trading date has the kind "open"',
    '2026-12-01: expected a closed date to open; the exchange trades on it by rule. Other hours have the kind "hours"',
  ])
})

test('a text that is no file of exceptions is refused', () => {
  assert.match(problemsOf('{')[0]!, /^expected JSON, got other text: /)
  assert.deepEqual(problemsOf('{"closures":[]}'), [
    'exceptions: expected "exceptions", got undefined',
    'closures: unknown member',
  ])
  assert.deepEqual(problemsOf('{"version":-1,"exceptions":[]}'), ['version: expected >=0, got -1'])
  const many = fileOf(...Array.from({ length: 201 }, () => ({})))
  assert.deepEqual(problemsOf(many), ['exceptions: expected up to 200, got 201'])
})

test('hours are in order, and from 7:00 to 22:00', () => {
  const valid = [
    HOURS,
    HALF_DAY,
    { ...HOURS, orders: '07:00', afternoon: '12:30-22:00' },
    { ...HOURS, orders: '09:00' },
  ]
  for (const hours of valid) assert.deepEqual(hoursProblems(hours), [])
  const problem = 'exceptions[0].hours'
  const expected: [unknown, string][] = [
    [
      { ...HOURS, orders: '06:59' },
      `${problem}.orders: expected a time HH:MM from 07:00 to 22:00, got "06:59"`,
    ],
    [
      { ...HOURS, closing: '24:00' },
      `${problem}.closing: expected a time HH:MM from 07:00 to 22:00, got "24:00"`,
    ],
    [
      { ...HOURS, afternoon: '12:30-22:01' },
      `${problem}.afternoon: expected a session HH:MM-HH:MM from 07:00 to 22:00, or null if it does not take place, got "12:30-22:01"`,
    ],
    [{ ...HOURS, orders: '09:01' }, `${problem}.orders: expected up to the opening, got "09:01"`],
    [
      { ...HOURS, afternoon: '11:29-15:30' },
      `${problem}.afternoon: expected to start after the morning, got "11:29-15:30" after "09:00-11:30"`,
    ],
    [
      { ...HOURS, closing: '12:30' },
      `${problem}.closing: expected a time within the last session, got "12:30"`,
    ],
    [
      { ...HOURS, closing: '15:31' },
      `${problem}.closing: expected a time within the last session, got "15:31"`,
    ],
    [
      { ...HALF_DAY, closing: '12:00' },
      `${problem}.closing: expected a time within the last session, got "12:00"`,
    ],
    [{ ...HALF_DAY, morning: null }, `${problem}: expected a morning, an afternoon or both, got none`],
    [
      { ...HALF_DAY, morning: '09:00-09:00' },
      `${problem}.morning: expected to end after it starts, got "09:00-09:00"`,
    ],
  ]
  for (const [hours, text] of expected)
    assert.ok(hoursProblems(hours).includes(text), `${hoursProblems(hours)}`)
})

test('new hours come after the newest rule, and may start on a date with an exception', () => {
  const since = (date: string) => ({ kind: 'new-hours', since: date, note: NOTE, hours: HOURS })
  assert.deepEqual(problemsOf(fileOf(since('2024-11-05'))), [
    'exceptions[0].since: expected a date after the newest rule, 2024-11-05, got "2024-11-05"',
  ])
  const closed = { kind: 'closed', date: '2027-04-05', note: NOTE }
  assert.deepEqual(problemsOf(fileOf(since('2024-11-06'), since('2027-04-05'), closed)), [])
  assert.deepEqual(problemsOf(fileOf(since('2027-04-05'), since('2027-04-05'))), [
    'since 2027-04-05: expected one exception, got 2: new-hours, new-hours',
  ])
})

test('exceptions that the rules have already, or that contradict them, are found', () => {
  const { exceptions } = parseExceptions(
    fileOf(
      { kind: 'closed', date: '2026-11-22', note: NOTE },
      { kind: 'hours', date: '2026-11-23', note: NOTE, hours: HALF_DAY },
      { kind: 'open', date: '2026-11-24', note: NOTE },
      { kind: 'closed', date: '2026-11-25', note: NOTE },
      { kind: 'open', date: '2026-11-28', note: NOTE },
      { kind: 'hours', date: '2026-11-26', note: NOTE, hours: HALF_DAY },
    ),
  )
  assert.deepEqual(conflictsWithRules(exceptions), [
    '2026-11-22: expected a trading date to close; it is closed by rule: weekend',
    '2026-11-23: expected a trading date for other hours; it is closed by rule: 勤労感謝の日 (Labor Thanksgiving Day). An additional trading date has the kind "open"',
    '2026-11-24: expected a closed date to open; the exchange trades on it by rule. Other hours have the kind "hours"',
  ])
})
