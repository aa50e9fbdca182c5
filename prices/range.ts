/** Reads the moments and ranges of a request. Every moment passes the cut here. */

import { isTradingDate, latestTradingDate } from '../market/calendar.ts'
import {
  DAY_MICROSECONDS,
  dateOf,
  momentFromIso,
  momentOf,
  momentToIso,
  timeOfDay,
} from '../market/moment.ts'
import {
  addMicros,
  type DayMicros,
  type EpochMicros,
  type Micros,
  type TradingDate,
} from '../market/units.ts'
import { Problem, quoted } from '../rest/problem.ts'
import { hasTicks, type PriceSource, youngestOf } from './price-source.ts'

/** The end of a date, µs since its midnight. */
export const END_OF_DAY = DAY_MICROSECONDS - 1

/** A moment on a trading date. A moment on a closed day is the end of the last trading date before. */
export interface TradingMoment {
  readonly moment: EpochMicros
  readonly date: TradingDate
  readonly until: DayMicros
}

/** The times of a request, not read yet. */
export interface RangeText {
  readonly from: string | undefined
  readonly to: string | undefined
}

/** A part of a trading date, µs of day. */
export interface DayRange {
  readonly date: TradingDate
  readonly from: DayMicros
  readonly until: DayMicros
}

/**
 * Returns the moment of a parameter; the cut if the parameter is absent.
 * @throws Problem if the text is no time, or a time that may not be shown.
 */
export function visibleMoment(
  source: PriceSource,
  parameter: string,
  text: string | undefined,
): TradingMoment {
  const youngest = youngestOf(source)
  if (text === undefined) return tradingMoment(youngest)
  const moment = readTime(parameter, text, youngest)
  const named = fromCalendar(parameter, text, () => tradingMoment(moment))
  const now = source.clock.now()
  if (moment > now) {
    throw new Problem(
      'future-time',
      `${parameter}: expected a time up to now, ${momentToIso(now)}, got ${quoted(text)}`,
    )
  }
  if (moment > youngest) {
    throw new Problem(
      'too-recent',
      `${parameter}: expected a time up to the youngest that can be shown now, ${momentToIso(youngest)}, got ${quoted(text)}`,
      { youngest: momentToIso(youngest) },
    )
  }
  return named
}

/**
 * Returns {@link visibleMoment} on a date whose ticks are kept. Otherwise an expired day would look like a day without
 * trading.
 * @throws Problem
 */
export function tickMoment(source: PriceSource, parameter: string, text: string | undefined): TradingMoment {
  const named = visibleMoment(source, parameter, text)
  if (text !== undefined && !hasTicks(source, named.date)) {
    throw new Problem(
      'bad-time',
      `${parameter}: expected a time of the last ${source.keepDays} days, because older ticks are deleted, got ${quoted(text)}`,
    )
  }
  return named
}

/**
 * Returns a range on one trading date, the date of `to`. Without `from` the range starts with the date.
 * @throws Problem
 */
export function visibleRange(source: PriceSource, { from, to }: RangeText): DayRange & { asOf: EpochMicros } {
  const { moment, date, until } = tickMoment(source, 'to', to)
  const start = from === undefined ? momentOf(date, 0) : readStart(from, moment)
  if (dateOf(start) < date) {
    throw new Problem(
      'range-too-long',
      `from: expected a time from ${momentToIso(momentOf(date, 0))} on, because a range is within one trading date, got ${quoted(from ?? '')}`,
    )
  }
  // A start on a closed day is after all ticks of the trading date before.
  return { date, from: dateOf(start) > date ? END_OF_DAY : timeOfDay(start), until, asOf: moment }
}

/**
 * Returns a range over one or several trading dates, as one part a date.
 * @param longest the longest range, µs.
 * @throws Problem
 */
export function visibleSpan(
  source: PriceSource,
  { from, to }: RangeText,
  longest: Micros,
): { parts: DayRange[]; asOf: EpochMicros } {
  const { moment, date, until } = visibleMoment(source, 'to', to)
  const start = from === undefined ? momentOf(date, 0) : readStart(from, moment)
  if (moment - start > longest) {
    throw new Problem(
      'range-too-long',
      `from: expected a range of up to ${longest / DAY_MICROSECONDS} days, from ${momentToIso(addMicros(moment, -longest))} on, got ${quoted(from ?? '')}`,
    )
  }
  const parts: DayRange[] = []
  const first = dateOf(start)
  for (
    let midnight = momentOf(first, 0);
    dateOf(midnight) <= date;
    midnight = addMicros(midnight, DAY_MICROSECONDS)
  ) {
    const day = dateOf(midnight)
    if (!fromCalendar('from', from ?? '', () => isTradingDate(day))) continue
    parts.push({
      date: day,
      from: day === first ? timeOfDay(start) : 0,
      until: day === date ? until : END_OF_DAY,
    })
  }
  return { parts, asOf: moment }
}

/** Returns the trading date before `date`. */
export function tradingDateBefore(date: TradingDate): TradingDate {
  return latestTradingDate(addMicros(momentOf(date, 0), -1))
}

/** Returns the trading date at a moment (epoch µs), and the time of the day. */
export function tradingMoment(moment: EpochMicros): TradingMoment {
  const date = latestTradingDate(moment)
  return { moment, date, until: date === dateOf(moment) ? timeOfDay(moment) : END_OF_DAY }
}

function readStart(from: string, end: EpochMicros): EpochMicros {
  const start = readTime('from', from, end)
  if (start > end) {
    throw new Problem(
      'bad-range',
      `from: expected a time up to the end of the range, ${momentToIso(end)}, got ${quoted(from)}`,
    )
  }
  fromCalendar('from', from, () => latestTradingDate(start))
  return start
}

function readTime(parameter: string, text: string, example: EpochMicros): EpochMicros {
  const moment = momentFromIso(text)
  if (moment !== undefined) return moment
  throw new Problem(
    'bad-time',
    `${parameter}: expected an ISO 8601 time with its offset, such as ${momentToIso(example)}, got ${quoted(text)}`,
  )
}

/** Asks the trading calendar. A year outside the calendar is the fault of the request. @throws Problem */
function fromCalendar<T>(parameter: string, text: string, ask: () => T): T {
  try {
    return ask()
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new Problem(
      'bad-time',
      `${parameter}: expected a time within the trading calendar, got ${quoted(text)}: ${error.message}`,
    )
  }
}
