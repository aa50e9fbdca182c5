import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isSessionOpen } from '../../../functions/market-hours/session-open.ts'
import { Calendar, RULES } from '../../../market/calendar/calendar.ts'
import type { CalendarException } from '../../../market/calendar/exceptions.ts'
import { momentFromIso } from '../../../market/moment.ts'
import { asTradingDate } from '../../../market/units.ts'

/** A Friday. */
const DATE = '2026-11-20'
const exception = (date: number, kind: 'closed' | 'open'): CalendarException => ({
  kind,
  date: asTradingDate(date),
  note: 'test',
})

function isOpen(date: string, time: string, calendar = RULES): boolean {
  const moment = momentFromIso(`${date}T${time}:00+09:00`)
  assert.ok(moment !== undefined)
  return isSessionOpen(moment, calendar)
}

test('a session is open from 9:00 to 11:30 and from 12:30 to the closing auction', () => {
  const times = ['08:59', '09:00', '11:29', '11:30', '12:29', '12:30', '15:24', '15:25', '16:00']
  assert.deepEqual(
    times.filter(time => isOpen(DATE, time)),
    ['09:00', '11:29', '12:30', '15:24'],
  )
})

test('no session is open on a weekend or a holiday, unless an exception opens the date', () => {
  assert.equal(isOpen('2026-11-21', '10:00'), false)
  assert.equal(isOpen('2026-11-23', '10:00'), false)
  assert.equal(isOpen('2026-11-21', '10:00', new Calendar([exception(20261121, 'open')])), true)
})

test('a date that only an exception closes counts as open: the exception may be a mistake', () => {
  assert.equal(isOpen(DATE, '10:00', new Calendar([exception(20261120, 'closed')])), true)
})
