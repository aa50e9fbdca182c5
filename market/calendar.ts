/** The trading calendar of the Tokyo exchange: which dates trade, and between which times. */
import holidays from '@holiday-jp/holiday_jp'
import { DAY_MICROSECONDS, dateOf, momentOf } from './moment.ts'
import { addMicros, asTradingDate, type DayMicros, type EpochMicros, type TradingDate } from './units.ts'

/** One session (前場, 後場): microseconds since midnight, opening auction to closing auction. */
export interface Session {
  readonly start: DayMicros
  readonly end: DayMicros
}

/** The hours of a trading date, in microseconds since midnight in Tokyo. */
export interface Hours {
  /** Orders are taken from here on. */
  readonly orders: DayMicros
  readonly morning: Session
  readonly afternoon: Session
  /** Orders only, no trading, from here to the closing auction; equal to the afternoon's end when there is no such time. */
  readonly closing: DayMicros
}

/** Whole dates (YYYYMMDD) on which the exchange stays closed beside what the rules say, for example by a one-off decision. */
export type Closures = ReadonlySet<TradingDate>

const NO_CLOSURES: Closures = new Set()

/** Tokyo time of day → microseconds. */
const at = (hours: number, minutes: number): DayMicros => (hours * 60 + minutes) * 60_000_000

/** Since this date continuous trading stops at 15:25 and the closing auction is at 15:30 (JPX, arrowhead 4.0). */
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

/** The holiday list is complete from its first year to its last; outside, a date cannot be judged. */
const FIRST_YEAR = 1970
const LAST_YEAR = 2050
const HOLIDAYS: ReadonlySet<string> = new Set(Object.keys(holidays.holidays))

/** The longest the exchange stays closed by rule is ten days; with one-off closures, this is ample. */
const MAX_CLOSED_DAYS = 366

/** The hours of the regular trading day that `date` (YYYYMMDD) would have. */
export function hoursOf(date: TradingDate): Hours {
  return date >= CLOSING_AUCTION_SINCE ? HOURS_SINCE : HOURS_BEFORE
}

/**
 * Whether the exchange trades on `date` (YYYYMMDD): not on Saturdays, Sundays, national holidays, from December 31
 * to January 3, nor on a one-off closure.
 * @throws RangeError for a date outside the years the holiday list knows, or one that is no date.
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

/**
 * The trading date at a market time (epoch µs): that day itself, from midnight on, if the exchange trades on it,
 * else the last one before.
 */
export function latestTradingDate(moment: EpochMicros, closures: Closures = NO_CLOSURES): TradingDate {
  for (let back = 0; back <= MAX_CLOSED_DAYS; back++) {
    const date = dateOf(addMicros(moment, -back * DAY_MICROSECONDS))
    if (isTradingDate(date, closures)) return date
  }
  throw new RangeError(
    `expected a trading date in the ${MAX_CLOSED_DAYS} days before ${dateOf(moment)}, found none`,
  )
}

/** The first trading date after `date` (YYYYMMDD, itself any day). */
export function nextTradingDate(date: TradingDate, closures: Closures = NO_CLOSURES): TradingDate {
  const midnight = momentOf(date, 0)
  for (let ahead = 1; ahead <= MAX_CLOSED_DAYS; ahead++) {
    const next = dateOf(addMicros(midnight, ahead * DAY_MICROSECONDS))
    if (isTradingDate(next, closures)) return next
  }
  throw new RangeError(`expected a trading date in the ${MAX_CLOSED_DAYS} days after ${date}, found none`)
}
