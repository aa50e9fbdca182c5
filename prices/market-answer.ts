/** Answers the last price, volume and turnover of every issue that has traded on a trading date. */
import { laneNames } from '../market/lane.ts'
import { type MarketRowJson, marketRow } from '../market/market-row.ts'
import { isoDate, momentOf } from '../market/moment.ts'
import { readLaneTotals } from '../tables/ticks/lane-totals.ts'
import { shownAt } from './days-answer.ts'
import { type PriceSource, type Stamped, stampOf } from './price-source.ts'
import { tickMoment } from './range.ts'

export interface MarketJson {
  /** The trading date of the rows. */
  readonly date: string
  /** In the order of issue codes. */
  readonly rows: readonly MarketRowJson[]
}

/**
 * Returns the rows of the day that was shown at a moment. The totals of the lanes are of different moments: up to some two
 * minutes before it, and never after it.
 * @throws Problem
 */
export async function marketAsOf(source: PriceSource, at: string | undefined): Promise<Stamped<MarketJson>> {
  const { moment, isLate } = await tickMoment(source, 'at', at, 'all')
  const { date, until } = shownAt(source.calendar, moment)
  const found = await Promise.all(
    laneNames(source.lanes).map(lane => readLaneTotals(source.ticks, lane, date, until)),
  )
  const totals = found.filter(lane => lane !== undefined)
  const rows = totals.flatMap(({ issues }) => issues.map(marketRow))
  rows.sort(([a], [b]) => (a < b ? -1 : 1))
  const oldest = totals.reduce((time, lane) => Math.min(time, lane.time), until)
  return { stamp: stampOf(source, momentOf(date, oldest), isLate), data: { date: isoDate(date), rows } }
}
