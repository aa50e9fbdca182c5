/** The trading calendar of the Tokyo exchange: its trading dates and trading hours, by rules and exceptions. */
import { DAY_MICROSECONDS, dateOf, momentOf } from '../moment.ts'
import { addMicros, type EpochMicros, type TradingDate } from '../units.ts'
import { type ClosedBy, closedDayOn, type Name } from './closed-days.ts'
import type { CalendarException, DateException } from './exceptions.ts'
import { HOURS_RULES, type Hours, type HoursRule } from './hours.ts'

/** First year whose hours the rules have, and last year of the holiday list. */
const FIRST_YEAR = 2012
const LAST_YEAR = 2050

/**
 * By rule the exchange closes for ten days in a row at most. The rest is room for closures by exceptions (MOST_EXCEPTIONS in
 * exceptions-text.ts).
 */
const MAX_CLOSED_DAYS = 366

/** A date of the calendar, and why it is what it is. */
export interface CalendarDay {
  readonly date: TradingDate
  /** Undefined if the exchange is closed all day. */
  readonly hours: Hours | undefined
  /** Why the exchange is closed; undefined on trading dates. */
  readonly closedBy: ClosedBy | 'exception' | undefined
  /** The name of the holiday, also on a weekend and on a date that is open by an exception. */
  readonly name: Name | undefined
  /** The exception that is valid on the date: an exception of this date, else the new hours that start on it. */
  readonly exception: CalendarException | undefined
}

/** An immutable calendar. Passing it keeps the code that uses it pure. */
export class Calendar {
  readonly #dates: ReadonlyMap<TradingDate, DateException>
  /** Oldest first. */
  readonly #rules: readonly HoursRule[]
  readonly #newHours: ReadonlyMap<TradingDate, CalendarException>

  /** @param exceptions without contradictions: see parseExceptions in exceptions-text.ts. */
  constructor(exceptions: readonly CalendarException[]) {
    const ofDates = exceptions.filter(exception => exception.kind !== 'new-hours')
    const newHours = exceptions.filter(exception => exception.kind === 'new-hours')
    this.#dates = new Map(ofDates.map(exception => [exception.date, exception]))
    this.#newHours = new Map(newHours.map(exception => [exception.since, exception]))
    this.#rules = [...HOURS_RULES, ...newHours].toSorted((a, b) => a.since - b.since)
  }

  /**
   * Returns whether the exchange trades on a date.
   * @throws RangeError if the number is not a date, or if the rules do not cover its year.
   */
  isTradingDate(date: TradingDate): boolean {
    checkDate(date)
    const kind = this.#dates.get(date)?.kind
    if (kind === 'closed') return false
    return kind === 'open' || closedDayOn(date) === undefined
  }

  /** Returns the trading hours of a date, whether or not the exchange trades on it. */
  hoursOf(date: TradingDate): Hours {
    const exception = this.#dates.get(date)
    if (exception !== undefined && exception.kind !== 'closed' && exception.hours !== undefined)
      return exception.hours
    return (this.#rules.findLast(({ since }) => since <= date) ?? HOURS_RULES[0]).hours
  }

  /** Returns what the calendar knows of a date. @throws RangeError like {@link isTradingDate}. */
  dayOf(date: TradingDate): CalendarDay {
    const exception = this.#dates.get(date) ?? this.#newHours.get(date)
    const isOpen = this.isTradingDate(date)
    const closed = closedDayOn(date)
    return {
      date,
      hours: isOpen ? this.hoursOf(date) : undefined,
      closedBy: isOpen ? undefined : (closed?.by ?? 'exception'),
      name: closed?.name,
      exception,
    }
  }

  /** Returns the trading date of a market time: its own date if the exchange trades on it, else the last one before. */
  latestTradingDate(moment: EpochMicros): TradingDate {
    for (let back = 0; back <= MAX_CLOSED_DAYS; back++) {
      const date = dateOf(addMicros(moment, -back * DAY_MICROSECONDS))
      if (this.isTradingDate(date)) return date
    }
    throw new RangeError(
      `expected a trading date in the ${MAX_CLOSED_DAYS} days before ${dateOf(moment)}, found none`,
    )
  }

  /** Returns the first trading date after a date. */
  nextTradingDate(date: TradingDate): TradingDate {
    const midnight = momentOf(date, 0)
    for (let ahead = 1; ahead <= MAX_CLOSED_DAYS; ahead++) {
      const next = dateOf(addMicros(midnight, ahead * DAY_MICROSECONDS))
      if (this.isTradingDate(next)) return next
    }
    throw new RangeError(`expected a trading date in the ${MAX_CLOSED_DAYS} days after ${date}, found none`)
  }

  /** Returns the last trading date before a date. */
  tradingDateBefore(date: TradingDate): TradingDate {
    return this.latestTradingDate(addMicros(momentOf(date, 0), -1))
  }
}

/** The calendar by the rules alone. */
export const RULES = new Calendar([])

/** @throws RangeError */
function checkDate(date: TradingDate): void {
  const year = Math.trunc(date / 10_000)
  if (!(year >= FIRST_YEAR && year <= LAST_YEAR) || dateOf(momentOf(date, 0)) !== date)
    throw new RangeError(`expected a date YYYYMMDD from ${FIRST_YEAR} to ${LAST_YEAR}, got ${date}`)
}
