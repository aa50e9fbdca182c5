/** What is known of an issue on one trading date: from its record where the day is finished, else from its ticks. */
import { type DayPrices, dayPricesOf, morningEnd } from '../market/day-prices.ts'
import type { Day } from '../market/day-record.ts'
import type { TradingDate } from '../market/units.ts'
import { tickAsOf } from '../tables/ticks/read-ticks.ts'
import { hasTicks, type PriceSource } from './price-source.ts'
import { END_OF_DAY } from './range.ts'

export interface KnownDay {
  readonly date: TradingDate
  readonly prices: DayPrices
  /** Its last tick by then, µs of day. */
  readonly time: number
}

/** The day up to `until` (µs of day); undefined where it had no tick by then, or nobody knows any more. */
export async function dayRead(
  source: PriceSource,
  issue: string,
  date: TradingDate,
  until: number,
  record: Day | undefined,
): Promise<KnownDay | undefined> {
  if (record !== undefined && (await isWhole(source, issue, record, until))) {
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

/** Whether a record tells all of its day up to `until`, and nothing beyond. */
export async function isWhole(
  source: PriceSource,
  issue: string,
  { date, last, final }: Pick<Day, 'date' | 'last' | 'final'>,
  until: number,
): Promise<boolean> {
  if (until < last.time) return false
  if (final || !hasTicks(source, date)) return true
  const tick = await tickAsOf(source.ticks, issue, date, END_OF_DAY)
  return tick?.sequence === last.sequence
}
