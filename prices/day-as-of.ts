/** Reads an issue's prices of one trading date: from the record of a finished day, else from the ticks. */
import { type DayPrices, dayPricesOf, morningEnd } from '../market/day-prices.ts'
import type { Day } from '../market/day-record.ts'
import type { DayMicros, TradingDate } from '../market/units.ts'
import { tickAsOf } from '../tables/ticks/read-ticks.ts'
import { hasTicks, type PriceSource } from './price-source.ts'
import { END_OF_DAY } from './range.ts'

export interface DayAsOf {
  readonly date: TradingDate
  readonly prices: DayPrices
  /** Time of the last tick, µs of day. */
  readonly time: DayMicros
}

/** Returns the day up to `until` (µs of day); `undefined` without a tick by then, or if its ticks are deleted. */
export async function readDayAsOf(
  source: PriceSource,
  issue: string,
  date: TradingDate,
  until: DayMicros,
  record: Day | undefined,
): Promise<DayAsOf | undefined> {
  if (record !== undefined && (await recordCovers(source, issue, record, until))) {
    return { date, prices: record.prices, time: record.last.time }
  }
  if (!hasTicks(source, date)) return undefined
  const noon = morningEnd(date)
  const [tick, morning] = await Promise.all([
    tickAsOf(source.ticks, issue, date, until),
    until > noon ? tickAsOf(source.ticks, issue, date, noon) : undefined,
  ])
  return tick && { date, prices: dayPricesOf(tick, morning), time: tick.time }
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
