/** What the exchange of the simulated year decides in addition to its rules. */
import type { CalendarException } from '../../market/calendar/exceptions.ts'
import type { Hours } from '../../market/calendar/hours.ts'
import { asTradingDate, type DayMicros } from '../../market/units.ts'

/** A leap year: February 29 is a Tuesday. */
export const YEAR = 2028
export const FIRST_DATE = asTradingDate(20280101)
export const DAYS = 366

const at = (hours: number, minutes = 0): DayMicros => (hours * 60 + minutes) * 60_000_000

/** A day that ends at noon, as 大納会 did until 2009. */
const MORNING_ONLY: Hours = {
  orders: at(8),
  morning: { start: at(9), end: at(11, 30) },
  afternoon: { start: at(11, 30), end: at(11, 30) },
  closing: at(11, 30),
}
/** A day that opens an hour and a half late. */
const LATE_OPENING: Hours = {
  orders: at(9, 30),
  morning: { start: at(10, 30), end: at(11, 30) },
  afternoon: { start: at(12, 30), end: at(15, 30) },
  closing: at(15, 25),
}
/** New hours that begin earlier and end later. */
const LONGER: Hours = {
  orders: at(7, 30),
  morning: { start: at(8, 30), end: at(11, 30) },
  afternoon: { start: at(12, 30), end: at(16) },
  closing: at(15, 55),
}

export const DECISIONS: readonly CalendarException[] = [
  { kind: 'hours', date: asTradingDate(20280104), note: '大発会', hours: LATE_OPENING },
  { kind: 'open', date: asTradingDate(20280311), note: 'a session on a Saturday' },
  { kind: 'closed', date: asTradingDate(20280614), note: 'a state funeral' },
  { kind: 'new-hours', since: asTradingDate(20281002), note: 'longer hours', hours: LONGER },
  { kind: 'hours', date: asTradingDate(20281229), note: '大納会', hours: MORNING_ONLY },
]
