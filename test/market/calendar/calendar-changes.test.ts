import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RULES } from '../../../market/calendar/calendar.ts'
import { alteredPast } from '../../../market/calendar/calendar-changes.ts'
import type { CalendarException } from '../../../market/calendar/exceptions.ts'
import type { Hours } from '../../../market/calendar/hours.ts'
import { momentOf } from '../../../market/moment.ts'
import { asTradingDate, type DayMicros } from '../../../market/units.ts'

const FRIDAY = 20261120
const NOTE = 'a test'
const at = (hours: number, minutes: number): DayMicros => (hours * 60 + minutes) * 60_000_000
const nowAt = (hours: number, minutes: number) => momentOf(asTradingDate(FRIDAY), at(hours, minutes))
const closed = (date: number): CalendarException => ({
  kind: 'closed',
  date: asTradingDate(date),
  note: NOTE,
})
const open = (date: number): CalendarException => ({ kind: 'open', date: asTradingDate(date), note: NOTE })
const USUAL = RULES.hoursOf(asTradingDate(FRIDAY))
const other = (date: number, hours: Partial<Hours>): CalendarException => ({
  kind: 'hours',
  date: asTradingDate(date),
  note: NOTE,
  hours: { ...USUAL, ...hours },
})
const since = (date: number, hours: Partial<Hours>): CalendarException => ({
  kind: 'new-hours',
  since: asTradingDate(date),
  note: NOTE,
  hours: { ...USUAL, ...hours },
})
const LATE_CLOSE = { afternoon: { start: at(12, 30), end: at(16, 0) }, closing: at(15, 55) }

test('later dates may change in every way', () => {
  const after = [closed(20261124), open(20261123), other(20261125, LATE_CLOSE), since(20261201, LATE_CLOSE)]
  assert.deepEqual(alteredPast([], after, nowAt(12, 0)), [])
  assert.deepEqual(alteredPast(after, [], nowAt(12, 0)), [])
})

test('a past date keeps its hours, and its note may change', () => {
  const before = [closed(20261118), other(20261119, LATE_CLOSE)]
  const renamed = before.map(exception => ({ ...exception, note: 'another reason' }))
  assert.deepEqual(alteredPast(before, renamed, nowAt(12, 0)), [])
  assert.deepEqual(alteredPast(before, [], nowAt(12, 0)), [
    '2026-11-18: expected the past date to stay as it is, closed, got 08:00 09:00-11:30 12:30-15:25-15:30',
    '2026-11-19: expected the past date to stay as it is, 08:00 09:00-11:30 12:30-15:55-16:00, got 08:00 09:00-11:30 12:30-15:25-15:30',
  ])
})

test('new hours that start in the past are refused for each date that they alter', () => {
  const problems = alteredPast([], [since(20261118, LATE_CLOSE)], nowAt(20, 0))
  assert.deepEqual(
    problems.map(problem => problem.slice(0, 10)),
    ['2026-11-18', '2026-11-19', '2026-11-20', '2026-11-20'],
  )
})

test('a time of today may move if it is, and will be, two minutes ahead', () => {
  const change = (hours: Partial<Hours>, hour: number, minute: number) =>
    alteredPast([], [other(FRIDAY, hours)], nowAt(hour, minute))
  assert.deepEqual(change(LATE_CLOSE, 15, 23), [])
  assert.deepEqual(change(LATE_CLOSE, 15, 24), [
    '2026-11-20: expected a change at least two minutes ahead; the start of the closing auction can no longer move from 15:25 to 15:55',
  ])
  const earlyClose = { afternoon: { start: at(12, 30), end: at(14, 0) }, closing: at(14, 0) }
  assert.deepEqual(change(earlyClose, 13, 58), [])
  assert.equal(change(earlyClose, 13, 59).length, 2)
})

test('today may be closed or opened until two minutes before the opening', () => {
  for (const [before, after] of [
    [[], [closed(FRIDAY)]],
    [[closed(FRIDAY)], []],
  ] as const) {
    assert.deepEqual(alteredPast(before, after, nowAt(8, 58)), [])
    assert.equal(alteredPast(before, after, nowAt(8, 59)).length, 1)
    assert.match(
      alteredPast(before, after, nowAt(12, 0))[0]!,
      /^2026-11-20: expected a change at least two minutes before/,
    )
  }
})
