/** The trading calendar of the Tokyo exchange: its trading dates and trading hours. */
import holidays from '@holiday-jp/holiday_jp'
import { DAY_MICROSECONDS, dateOf, momentOf } from './moment.ts'
import { addMicros, asTradingDate, type DayMicros, type EpochMicros, type TradingDate } from './units.ts'

/** A session (前場 morning, 後場 afternoon), from its opening auction to its closing auction. */
export interface Session {
  readonly start: DayMicros
  readonly end: DayMicros
}

/** The hours of a trading date. */
export interface Hours {
  /** The exchange accepts orders from this time on. */
  readonly orders: DayMicros
  readonly morning: Session
  readonly afternoon: Session
  /**
   * From this time to the closing auction the exchange accepts orders and does not trade. Equal to the end of the
   * afternoon if a date has no such period.
   */
  readonly closing: DayMicros
}

/** Dates on which the exchange is closed in addition to the rules, for example by a one-off decision. */
export type Closures = ReadonlySet<TradingDate>

const NO_CLOSURES: Closures = new Set()

/** Returns a Tokyo time of day. */
const at = (hours: number, minutes: number): DayMicros => (hours * 60 + minutes) * 60_000_000

/** From this date on, continuous trading stops at 15:25 and the closing auction is at 15:30 (JPX, arrowhead 4.0). */
const CLOSING_AUCTION_SINCE = asTradingDate(20241105)
const HOURS_BEFORE: Hours = {
  orders: at(8, 0),
  morning: { start: at(9, 0), end: at(11, 30) },
  afternoon: { start: at(12, 30), end: at(15, 0) },
  closing: at(15, 0),
}
const HOURS_SINCE: Hours = {
  orders: at(8, 0),
  morning: { start: at(9, 0), end: at(11, 30) },
  afternoon: { start: at(12, 30), end: at(15, 30) },
  closing: at(15, 25),
}

/** First and last year of the holiday list. */
const FIRST_YEAR = 1970
const LAST_YEAR = 2050
const HOLIDAYS: ReadonlySet<string> = new Set(Object.keys(holidays.holidays))

/** By rule the exchange closes for ten days in a row at most. The rest is room for one-off closures. */
const MAX_CLOSED_DAYS = 366

/** Returns the trading hours of a date, whether or not the exchange trades on it. */
export function hoursOf(date: TradingDate): Hours {
  return date >= CLOSING_AUCTION_SINCE ? HOURS_SINCE : HOURS_BEFORE
}

/**
 * Returns whether the exchange trades on a date. It is closed on Saturdays, Sundays and national holidays, from
 * December 31 to January 3, and on one-off closures.
 * @throws RangeError if the number is not a date, or if the holiday list does not cover its year.
 */
export function isTradingDate(date: TradingDate, closures: Closures = NO_CLOSURES): boolean {
  const year = Math.trunc(date / 10_000)
  const moment = momentOf(date, 0)
  if (!(year >= FIRST_YEAR && year <= LAST_YEAR) || dateOf(moment) !== date) {
    throw new RangeError(`expected a date YYYYMMDD from ${FIRST_YEAR} to ${LAST_YEAR}, got ${date}`)
  }
  const day = date % 10_000
  if (day === 1231 || (day >= 101 && day <= 103) || closures.has(date)) return false
  const weekday = new Date(Date.UTC(year, Math.trunc(day / 100) - 1, day % 100))
  if (weekday.getUTCDay() === 0 || weekday.getUTCDay() === 6) return false
  return !HOLIDAYS.has(weekday.toISOString().slice(0, 10))
}

/** Returns the trading date of a market time: its own date if the exchange trades on it, else the last trading date before. */
export function latestTradingDate(moment: EpochMicros, closures: Closures = NO_CLOSURES): TradingDate {
  for (let back = 0; back <= MAX_CLOSED_DAYS; back++) {
    const date = dateOf(addMicros(moment, -back * DAY_MICROSECONDS))
    if (isTradingDate(date, closures)) return date
  }
  throw new RangeError(
    `expected a trading date in the ${MAX_CLOSED_DAYS} days before ${dateOf(moment)}, found none`,
  )
}

/** Returns the first trading date after a date. */
export function nextTradingDate(date: TradingDate, closures: Closures = NO_CLOSURES): TradingDate {
  const midnight = momentOf(date, 0)
  for (let ahead = 1; ahead <= MAX_CLOSED_DAYS; ahead++) {
    const next = dateOf(addMicros(midnight, ahead * DAY_MICROSECONDS))
    if (isTradingDate(next, closures)) return next
  }
  throw new RangeError(`expected a trading date in the ${MAX_CLOSED_DAYS} days after ${date}, found none`)
}
