/** Reads an issue's prices of one trading date: from the record of a finished day, else from the ticks. */
import { type DayPrices, dayPricesOf, morningEnd } from '../market/day-prices.ts'
import type { Day } from '../market/day-record.ts'
import { momentOf, timeOfDay } from '../market/moment.ts'
import type { DayMicros, TradingDate } from '../market/units.ts'
import { tickAsOf } from '../tables/ticks/read-ticks.ts'
import { hasTicks, type PriceSource } from './price-source.ts'
import { END_OF_DAY } from './range.ts'

export interface DayAsOf {
  readonly date: TradingDate
  readonly prices: DayPrices
  /** Time of the last tick, µs of day. */
  readonly time: DayMicros
  /** Not all ticks up to the moment that was asked for are stored yet. */
  readonly isLate: boolean
}

/** Returns the day up to `until` (µs of day); `undefined` without a tick by then, or if its ticks are deleted. */
export async function readDayAsOf(
  source: PriceSource,
  issue: string,
  date: TradingDate,
  until: DayMicros,
  record: Day | undefined,
): Promise<DayAsOf | undefined> {
  const stored = record?.final ? until : await storedOf(source, issue, date, until)
  const isLate = stored < until
  if (record !== undefined && (await recordCovers(source, issue, record, stored))) {
    return { date, prices: record.prices, time: record.last.time, isLate }
  }
  if (!hasTicks(source, date)) return undefined
  const noon = morningEnd(source.calendar.hoursOf(date))
  const [tick, morning] = await Promise.all([
    tickAsOf(source.ticks, issue, date, stored),
    stored > noon ? tickAsOf(source.ticks, issue, date, noon) : undefined,
  ])
  return tick && { date, prices: dayPricesOf(tick, morning), time: tick.time, isLate }
}

/**
 * Returns the time up to which the ticks of a date are stored, at most `until`, µs of the day. The ticks of the date of
 * an answer are stored up to its moment; those of an earlier date may not be.
 */
export async function storedOf(
  source: PriceSource,
  issue: string,
  date: TradingDate,
  until: DayMicros,
): Promise<DayMicros> {
  if (!hasTicks(source, date)) return until
  const stored = await source.storing.until(date, source.calendar.hoursOf(date), [issue])
  return stored >= momentOf(date, until) ? until : timeOfDay(stored)
}

/** Returns whether a record contains the whole day up to `until` (µs of day), and nothing after `until`. */
export async function recordCovers(
  source: PriceSource,
  issue: string,
  { date, last, final }: Pick<Day, 'date' | 'last' | 'final'>,
  until: DayMicros,
): Promise<boolean> {
  if (until < last.time) return false
  if (final || !hasTicks(source, date)) return true
  const tick = await tickAsOf(source.ticks, issue, date, END_OF_DAY)
  return tick?.sequence === last.sequence
}
