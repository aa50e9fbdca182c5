/** The moments and ranges that a request names. Each moment passes the cut here. */

import { isTradingDate, latestTradingDate } from '../market/calendar.ts'
import {
  DAY_MICROSECONDS,
  dateOf,
  momentFromIso,
  momentOf,
  momentToIso,
  timeOfDay,
} from '../market/moment.ts'
import type { TradingDate } from '../market/units.ts'
import { Problem } from '../rest/problem.ts'
import { hasTicks, type PriceSource, youngestOf } from './price-source.ts'

/** The end of a date, µs since its midnight. */
export const END_OF_DAY = DAY_MICROSECONDS - 1

/** A moment with the trading date it is of, and how far into that date it is: to its end on a closed day after it. */
export interface TradingMoment {
  /** Epoch µs. */
  readonly moment: number
  readonly date: TradingDate
  readonly until: number
}

/** Times of a request as it wrote them. */
export interface RangeText {
  readonly from: string | undefined
  readonly to: string | undefined
}

/** Part of a trading date, µs of day. */
export interface DayRange {
  readonly date: TradingDate
  readonly from: number
  readonly until: number
}

/**
 * The moment that a parameter names, the youngest visible where it is absent.
 * @throws Problem when it is no time, or one that may not be shown.
 */
export function visibleMoment(
  source: PriceSource,
  parameter: string,
  text: string | undefined,
): TradingMoment {
  const youngest = youngestOf(source)
  if (text === undefined) return tradingMoment(youngest)
  const moment = timeOf(parameter, text, youngest)
  const named = known(parameter, text, () => tradingMoment(moment))
  const now = source.clock.now()
  if (moment > now) {
    throw new Problem(
      'future-time',
      `${parameter}: expected a time up to now, ${momentToIso(now)}, got "${text}"`,
    )
  }
  if (moment > youngest) {
    throw new Problem(
      'too-recent',
      `${parameter}: expected a time up to the youngest that can be shown now, ${momentToIso(youngest)}, got "${text}"`,
      { youngest: momentToIso(youngest) },
    )
  }
  return named
}

/**
 * {@link visibleMoment} of a date whose ticks are kept: of another one an answer would look like that of a day without a
 * tick.
 * @throws Problem
 */
export function tickMoment(source: PriceSource, parameter: string, text: string | undefined): TradingMoment {
  const named = visibleMoment(source, parameter, text)
  if (text !== undefined && !hasTicks(source, named.date)) {
    throw new Problem(
      'bad-time',
      `${parameter}: expected a time of the last ${source.keepDays} days, for which ticks are kept, got "${text}"`,
    )
  }
  return named
}

/**
 * A range on the trading date of its end, from its start to its end; the start is that of the date where none is named.
 * @throws Problem
 */
export function visibleRange(source: PriceSource, { from, to }: RangeText): DayRange & { asOf: number } {
  const { moment, date, until } = tickMoment(source, 'to', to)
  const start = from === undefined ? momentOf(date, 0) : startOf(from, moment)
  if (dateOf(start) < date) {
    throw new Problem(
      'range-too-long',
      `from: expected a time from ${momentToIso(momentOf(date, 0))} on, for a range is of one trading date; got "${from}"`,
    )
  }
  // A start on a closed day is behind everything that the trading date before it has.
  return { date, from: dateOf(start) > date ? END_OF_DAY : timeOfDay(start), until, asOf: moment }
}

/**
 * A range over one or several trading dates, a part for each.
 * @param most the longest it may be, µs.
 * @throws Problem
 */
export function visibleSpan(
  source: PriceSource,
  { from, to }: RangeText,
  most: number,
): { parts: DayRange[]; asOf: number } {
  const { moment, date, until } = visibleMoment(source, 'to', to)
  const start = from === undefined ? momentOf(date, 0) : startOf(from, moment)
  if (moment - start > most) {
    throw new Problem(
      'range-too-long',
      `from: expected a range of up to ${most / DAY_MICROSECONDS} days, so a time from ${momentToIso(moment - most)} on; got "${from}"`,
    )
  }
  const parts: DayRange[] = []
  const first = dateOf(start)
  for (let midnight = momentOf(first, 0); dateOf(midnight) <= date; midnight += DAY_MICROSECONDS) {
    const day = dateOf(midnight)
    if (!known('from', from ?? '', () => isTradingDate(day))) continue
    parts.push({
      date: day,
      from: day === first ? timeOfDay(start) : 0,
      until: day === date ? until : END_OF_DAY,
    })
  }
  return { parts, asOf: moment }
}

/** The trading date before `date`. */
export function tradingDateBefore(date: TradingDate): TradingDate {
  return latestTradingDate(momentOf(date, 0) - 1)
}

/** The trading date at a moment, and how far into it. */
export function tradingMoment(moment: number): TradingMoment {
  const date = latestTradingDate(moment)
  return { moment, date, until: date === dateOf(moment) ? timeOfDay(moment) : END_OF_DAY }
}

function startOf(from: string, end: number): number {
  const start = timeOf('from', from, end)
  if (start > end) {
    throw new Problem(
      'bad-range',
      `from: expected a time up to the end of the range, ${momentToIso(end)}, got "${from}"`,
    )
  }
  known('from', from, () => latestTradingDate(start))
  return start
}

function timeOf(parameter: string, text: string, example: number): number {
  const moment = momentFromIso(text)
  if (moment !== undefined) return moment
  throw new Problem(
    'bad-time',
    `${parameter}: expected an ISO 8601 time with its offset, such as ${momentToIso(example)}, got "${text}"`,
  )
}

/** What the calendar says; a time that it does not know is the fault of who asks for it. */
function known<T>(parameter: string, text: string, ask: () => T): T {
  try {
    return ask()
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new Problem('bad-time', `${parameter}: no trading date is known at "${text}": ${error.message}`)
  }
}
