/** A date of the calendar as JSON: of the REST API and of `npm run calendar -- --json`. */
import type { Phase } from '../market-event.ts'
import { DAY_MICROSECONDS, dateOf, isoDate, isoTime, momentOf } from '../moment.ts'
import { phasesOf } from '../phase.ts'
import { addMicros, asTradingDate, type TradingDate } from '../units.ts'
import { withoutUndefined } from '../without-undefined.ts'
import type { Calendar, CalendarDay } from './calendar.ts'
import type { Name } from './closed-days.ts'
import type { CalendarException } from './exceptions.ts'

/** The ceremonies of the first and the last trading date of a year: 大発会 and 大納会. */
export type Ceremony = 'first-of-year' | 'last-of-year'

export interface CalendarDayJson {
  /** `2026-12-01`. */
  readonly date: string
  /** Whether the exchange trades on the date. */
  readonly open: boolean
  /** Why the exchange is closed. Absent on trading dates. */
  readonly closedBy?: NonNullable<CalendarDay['closedBy']>
  /** The name of the holiday. */
  readonly name?: Name
  readonly exception?: { readonly kind: CalendarException['kind']; readonly note: string }
  readonly ceremony?: Ceremony
  /** When trading starts and ends. Absent on other dates. */
  readonly opens?: string
  readonly closes?: string
  /** From midnight on; each phase ends with the next. A closed date has the phase `closed` alone. */
  readonly phases: readonly { readonly phase: Phase; readonly from: string }[]
}

export function calendarDayJson(calendar: Calendar, date: TradingDate): CalendarDayJson {
  const { hours, closedBy, name, exception } = calendar.dayOf(date)
  const starts = hours === undefined ? [{ phase: 'closed' as const, time: 0 }] : phasesOf(hours)
  return {
    date: isoDate(date),
    open: hours !== undefined,
    ...withoutUndefined({
      closedBy,
      name,
      exception: exception && { kind: exception.kind, note: exception.note },
      ceremony: hours && ceremonyOf(calendar, date),
      opens: hours && isoTime(date, hours.morning.start),
      closes: hours && isoTime(date, hours.afternoon.end),
    }),
    phases: starts.map(({ phase, time }) => ({ phase, from: isoTime(date, time) })),
  }
}

/** Returns all dates from `first` to `last`. */
export function datesBetween(first: TradingDate, last: TradingDate): TradingDate[] {
  const dates: TradingDate[] = []
  for (let day = momentOf(first, 0); dateOf(day) <= last; day = addMicros(day, DAY_MICROSECONDS))
    dates.push(dateOf(day))
  return dates
}

/** Only a date of January can be the first of its year, and only a date of December the last. */
function ceremonyOf(calendar: Calendar, date: TradingDate): Ceremony | undefined {
  const newYear = asTradingDate(Math.trunc(date / 10_000) * 10_000 + 101)
  const yearEnd = asTradingDate(newYear + 1130)
  const isOpenBetween = (first: TradingDate, last: TradingDate): boolean =>
    datesBetween(first, last).some(other => other !== date && calendar.isTradingDate(other))
  const month = Math.trunc(date / 100) % 100
  if (month === 1 && !isOpenBetween(newYear, date)) return 'first-of-year'
  return month === 12 && !isOpenBetween(date, yearEnd) ? 'last-of-year' : undefined
}
