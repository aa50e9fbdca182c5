/** Rows of the market: the last price, volume and turnover of an issue, short enough for all issues in one answer. */
import { F, fieldOf } from './board.ts'
import { clockTime } from './moment.ts'
import type { Tick } from './tick.ts'
import { type DayMicros, type FeedPrice, priceToYen, type Sen, senToYen, type Yen } from './units.ts'

/** An issue that has traded on the date, in the units of the feed. */
export interface IssueTotals {
  readonly issue: string
  readonly last: FeedPrice
  readonly volume: number
  readonly turnover: Sen
  /** Time of the last price. */
  readonly time: DayMicros
}

/** {@link IssueTotals} as the REST API returns them: last price and turnover in yen, volume in shares, time of the last price. */
export type MarketRowJson = readonly [issue: string, last: Yen, volume: number, turnover: Yen, time: string]

/** Returns the totals of a board; undefined before the first trade of its date. */
export function totalsOf({ board, time }: Tick): IssueTotals | undefined {
  const last = fieldOf(board, F.last)
  const volume = fieldOf(board, F.volume)
  if (last === undefined || volume === undefined || volume === 0) return undefined
  return {
    issue: board.issue,
    last,
    volume,
    turnover: fieldOf(board, F.turnover) ?? 0,
    time: fieldOf(board, F.lastTime) ?? time,
  }
}

export function marketRow({ issue, last, volume, turnover, time }: IssueTotals): MarketRowJson {
  return [issue, priceToYen(last), volume, senToYen(turnover), clockTime(time)]
}
