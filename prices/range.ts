/** Reads the moments and ranges of a request. Every moment passes the cut here. */

import type { Calendar } from '../market/calendar/calendar.ts'
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
  asEpochMicros,
  type DayMicros,
  type EpochMicros,
  laterOf,
  type Micros,
  type TradingDate,
} from '../market/units.ts'
import { Problem, quoted } from '../rest/problem.ts'
import { marketTime, visibleUntil } from './cut.ts'
import { hasTicks, type PriceSource } from './price-source.ts'
import type { Issues } from './storing.ts'

/** The end of a date, µs since its midnight. */
export const END_OF_DAY = DAY_MICROSECONDS - 1

/** A moment and its trading date. On a closed day `date` and `until` are the end of the last trading date before. */
export interface TradingMoment {
  readonly moment: EpochMicros
  readonly date: TradingDate
  readonly until: DayMicros
}

/** The moment that an answer is true for. */
export interface VisibleMoment extends TradingMoment {
  /** The moment of the request, or the cut. It is later than `moment` only if the answer is late. */
  readonly asked: EpochMicros
  /** Not all ticks up to `asked` are stored yet. */
  readonly isLate: boolean
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
 * Returns the moment of a parameter, or the cut if the parameter is absent; an earlier moment if the ticks of `issues`
 * are not stored up to there.
 * @throws Problem if the text is no time, or a time that may not be shown.
 */
export async function visibleMoment(
  source: PriceSource,
  parameter: string,
  text: string | undefined,
  issues: Issues,
): Promise<VisibleMoment> {
  const youngest = await youngestOf(source, issues)
  const named =
    text === undefined
      ? tradingMoment(source.calendar, youngest)
      : readMoment(source, parameter, text, youngest)
  const { moment: asked, date, until } = named
  // Ticks of an older date are deleted. Its finished day answers.
  const stored = hasTicks(source, date)
    ? await source.storing.until(date, source.calendar.hoursOf(date), issues)
    : undefined
  if (stored === undefined || stored >= momentOf(date, until)) return { ...named, asked, isLate: false }
  return { moment: stored, date, until: timeOfDay(stored), asked, isLate: true }
}

/** Returns the youngest market time (epoch µs) that may be shown now. */
async function youngestOf(source: PriceSource, issues: Issues): Promise<EpochMicros> {
  const { audience, calendar, clock, storeSeconds } = source
  const now = clock.now()
  const date = calendar.latestTradingDate(now)
  const stored =
    audience === 'everybody'
      ? asEpochMicros(0)
      : await source.storing.until(date, calendar.hoursOf(date), issues)
  return visibleUntil(audience, now, { stored, storing: marketTime(clock, storeSeconds) })
}

/** @throws Problem */
function readMoment(
  source: PriceSource,
  parameter: string,
  text: string,
  youngest: EpochMicros,
): TradingMoment {
  const moment = readTime(parameter, text, youngest)
  const named = fromCalendar(parameter, text, () => tradingMoment(source.calendar, moment))
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
export async function tickMoment(
  source: PriceSource,
  parameter: string,
  text: string | undefined,
  issues: Issues,
): Promise<VisibleMoment> {
  const named = await visibleMoment(source, parameter, text, issues)
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
export async function visibleRange(
  source: PriceSource,
  { from, to }: RangeText,
  issue: string,
): Promise<DayRange & { asOf: EpochMicros; isLate: boolean }> {
  const { moment, date, until, asked, isLate } = await tickMoment(source, 'to', to, [issue])
  const start = from === undefined ? momentOf(date, 0) : readStart(source.calendar, from, asked)
  if (dateOf(start) < date) {
    throw new Problem(
      'range-too-long',
      `from: expected a time from ${momentToIso(momentOf(date, 0))} on, because a range is within one trading date, got ${quoted(from ?? '')}`,
    )
  }
  // A start on a closed day is after all ticks of the trading date before.
  return { date, from: dateOf(start) > date ? END_OF_DAY : timeOfDay(start), until, asOf: moment, isLate }
}

/**
 * Returns a range over one or several trading dates, as one part a date.
 * @param longest the longest range, µs. Later pages of a range that ends at the moving cut may be longer.
 * @param after the start of a later page; undefined for the first page.
 * @throws Problem
 */
export async function visibleSpan(
  source: PriceSource,
  { from, to }: RangeText,
  longest: Micros,
  issue: string,
  after: EpochMicros | undefined,
): Promise<{ parts: DayRange[]; asOf: EpochMicros; isLate: boolean }> {
  const { moment, date, until, asked, isLate } = await visibleMoment(source, 'to', to, [issue])
  const first = from === undefined ? momentOf(date, 0) : readStart(source.calendar, from, asked)
  const start = after === undefined ? first : laterOf(first, after)
  if (start > asked) {
    throw new Problem(
      'bad-parameter',
      `after: expected a page that starts up to the end of the range, ${momentToIso(asked)}, got ${momentToIso(start)}`,
    )
  }
  if (asked - start > longest) {
    throw new Problem(
      'range-too-long',
      `from: expected a range of up to ${longest / DAY_MICROSECONDS} days, from ${momentToIso(addMicros(asked, -longest))} on, got ${quoted(from ?? '')}`,
    )
  }
  const parts: DayRange[] = []
  const firstDate = dateOf(start)
  for (
    let midnight = momentOf(firstDate, 0);
    dateOf(midnight) <= date;
    midnight = addMicros(midnight, DAY_MICROSECONDS)
  ) {
    const day = dateOf(midnight)
    if (!fromCalendar('from', from ?? '', () => source.calendar.isTradingDate(day))) continue
    parts.push({
      date: day,
      from: day === firstDate ? timeOfDay(start) : 0,
      until: day === date ? until : END_OF_DAY,
    })
  }
  return { parts, asOf: moment, isLate }
}

/** Returns the trading date at a moment (epoch µs), and the time of the day. */
export function tradingMoment(calendar: Calendar, moment: EpochMicros): TradingMoment {
  const date = calendar.latestTradingDate(moment)
  return { moment, date, until: date === dateOf(moment) ? timeOfDay(moment) : END_OF_DAY }
}

function readStart(calendar: Calendar, from: string, end: EpochMicros): EpochMicros {
  const start = readTime('from', from, end)
  if (start > end) {
    throw new Problem(
      'bad-range',
      `from: expected a time up to the end of the range, ${momentToIso(end)}, got ${quoted(from)}`,
    )
  }
  fromCalendar('from', from, () => calendar.latestTradingDate(start))
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
