/** Which changes of the exceptions are allowed at a moment: those that leave what was stored as it is. */
import { dateOf, isoDate, isoTime, momentOf } from '../moment.ts'
import { addMicros, type DayMicros, type EpochMicros, type Micros, type TradingDate } from '../units.ts'
import { Calendar } from './calendar.ts'
import { datesBetween } from './calendar-json.ts'
import type { CalendarException } from './exceptions.ts'
import type { Hours } from './hours.ts'

/**
 * A changed time must be at least this far ahead: twice the time for which a function keeps the calendar (KEPT_MS in
 * tables/control/calendar-reader.ts).
 */
export const LEAD: Micros = 2 * 60_000_000

/**
 * Returns what a change of the exceptions at market time `now` would alter although it is past: bars and days of past dates
 * are stored by the hours that they had. Empty if the change is allowed.
 */
export function alteredPast(
  before: readonly CalendarException[],
  after: readonly CalendarException[],
  now: EpochMicros,
): string[] {
  const [old, changed] = [new Calendar(before), new Calendar(after)]
  const today = dateOf(now)
  const problems: string[] = []
  for (const date of datesBetween(firstDate([...before, ...after]) ?? today, today)) {
    if (date < today) {
      if (dayText(old, date) !== dayText(changed, date))
        problems.push(
          `${isoDate(date)}: expected the past date to stay as it is, ${dayText(old, date)}, got ${dayText(changed, date)}`,
        )
    } else {
      problems.push(
        ...alteredToday(old.dayOf(date).hours, changed.dayOf(date).hours, date, addMicros(now, LEAD)),
      )
    }
  }
  return problems
}

/** @param earliest before this moment no time of the day may change. */
function alteredToday(
  before: Hours | undefined,
  after: Hours | undefined,
  date: TradingDate,
  earliest: EpochMicros,
): string[] {
  const isPast = (time: DayMicros): boolean => momentOf(date, time) < earliest
  const clock = (time: DayMicros): string => isoTime(date, time).slice(11, 16)
  if (before === undefined || after === undefined) {
    const open = before ?? after
    return open !== undefined && isPast(open.morning.start)
      ? [
          `${isoDate(date)}: expected a change at least two minutes before the opening at ${clock(open.morning.start)}; the date can no longer be ${after === undefined ? 'closed' : 'opened'}`,
        ]
      : []
  }
  const [old, changed] = [timesOf(before), timesOf(after)]
  return Object.entries(old).flatMap(([name, time]) => {
    const to = changed[name as keyof typeof changed]
    if (time === to || !(isPast(time) || isPast(to))) return []
    return [
      `${isoDate(date)}: expected a change at least two minutes ahead; ${name} can no longer move from ${clock(time)} to ${clock(to)}`,
    ]
  })
}

function timesOf({ orders, morning, afternoon, closing }: Hours) {
  return {
    'the start of orders': orders,
    'the opening': morning.start,
    'the end of the morning': morning.end,
    'the start of the afternoon': afternoon.start,
    'the start of the closing auction': closing,
    'the close': afternoon.end,
  }
}

/** Returns the hours of a date as text, such as `08:00 09:00-11:30 12:30-15:25-15:30`; `closed`. */
function dayText(calendar: Calendar, date: TradingDate): string {
  const { hours } = calendar.dayOf(date)
  if (hours === undefined) return 'closed'
  const clock = (time: DayMicros): string => isoTime(date, time).slice(11, 16)
  const { orders, morning, afternoon, closing } = hours
  return `${clock(orders)} ${clock(morning.start)}-${clock(morning.end)} ${clock(afternoon.start)}-${clock(closing)}-${clock(afternoon.end)}`
}

function firstDate(exceptions: readonly CalendarException[]): TradingDate | undefined {
  return exceptions
    .map(exception => (exception.kind === 'new-hours' ? exception.since : exception.date))
    .toSorted((a, b) => a - b)[0]
}
