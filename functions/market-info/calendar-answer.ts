/** Answers the exchange's calendar: the phases of a range of dates, and when the market opens next. */
import type { Calendar } from '../../market/calendar/calendar.ts'
import { type CalendarDayJson, calendarDayJson, datesBetween } from '../../market/calendar/calendar-json.ts'
import type { Phase } from '../../market/market-event.ts'
import { DAY_MICROSECONDS, dateFromIso, dateOf, isoDate, momentOf, momentToIso } from '../../market/moment.ts'
import { nextOpening, phaseAt } from '../../market/phase.ts'
import { addMicros, type EpochMicros, type TradingDate } from '../../market/units.ts'
import { Problem } from '../../rest/problem.ts'
import { LAST_DATE } from '../../rest/query-rules.ts'

/** Dates of the longest range: a quarter, about 70 KB. */
const MOST_DATES = 93
/** Dates of a range without `to`. */
const USUAL_DATES = 31

export interface CalendarAnswer {
  /** The phase of now by the calendar. The lines may report another one: see /v1/status. */
  readonly phase: Phase
  readonly nextOpening: string
  readonly days: readonly CalendarDayJson[]
}

/** The dates of a request, `YYYY-MM-DD`. */
export interface DatesText {
  readonly from: string | undefined
  readonly to: string | undefined
}

/** Returns the dates from `from`, by default today, to `to`, by default a month. @throws Problem */
export function calendarAnswer(
  calendar: Calendar,
  now: EpochMicros,
  { from, to }: DatesText,
): CalendarAnswer {
  const first = from === undefined ? dateOf(now) : dateFromIso(from)
  const last =
    to === undefined
      ? earlierDate(daysAfter(first, USUAL_DATES - 1), dateFromIso(LAST_DATE))
      : dateFromIso(to)
  if (first > last) {
    throw new Problem(
      'bad-range',
      `from: expected a date up to the end of the range, ${isoDate(last)}, got ${isoDate(first)}`,
    )
  }
  const longest = daysAfter(first, MOST_DATES - 1)
  if (last > longest) {
    throw new Problem(
      'range-too-long',
      `to: expected a range of up to ${MOST_DATES} days, to ${isoDate(longest)}, got ${isoDate(last)}`,
    )
  }
  return {
    phase: phaseAt(now, calendar),
    nextOpening: momentToIso(nextOpening(now, calendar)),
    days: datesBetween(first, last).map(date => calendarDayJson(calendar, date)),
  }
}

function daysAfter(date: TradingDate, days: number): TradingDate {
  return dateOf(addMicros(momentOf(date, 0), days * DAY_MICROSECONDS))
}

function earlierDate(a: TradingDate, b: TradingDate): TradingDate {
  return a < b ? a : b
}
