/** The market of a local run: a synthetic market, or an archived day. */
import type { IssueMaster } from '../market/market-event.ts'
import type { IssueSectors } from '../market/sector.ts'
import type { DayMicros, EpochMillis, TradingDate } from '../market/units.ts'
import type { ExchangeOptions } from './exchange/exchange.ts'
import { listIssues } from './exchange/issue-list.ts'
import {
  FILL_MARKET_MICROSECONDS,
  FILL_REAL_MILLISECONDS,
  FILL_TICKS_PER_REAL_SECOND,
  fillStart,
  type LocalTime,
  planTime,
} from './market-time.ts'

export interface SyntheticSource {
  readonly exchange: ExchangeOptions
}
export interface TapeSource {
  /** Folder of the tape. */
  readonly tape: string
  /** µs of the day at which playing starts. */
  readonly from: DayMicros
}
/** Describes the exchange to the process of the lines. An exchange opened again from it repeats every event. */
export type Source = SyntheticSource | TapeSource

export interface Market<From extends Source = Source> {
  /** Every listed issue, the busiest first. */
  readonly issues: readonly IssueMaster[]
  /** Sectors of the issues, which no line has. */
  readonly sectors: IssueSectors
  /** @param start epoch ms at which market time starts to run. */
  begin(start: EpochMillis): { readonly time: LocalTime; readonly source: From }
}

export interface SyntheticOptions {
  readonly seed: number
  readonly issues: number
  /** Ticks a market second over all issues in a calm hour, from `live` on. */
  readonly rate: number
  readonly tradingDate: TradingDate
  /** µs of the day at which normal speed starts. Earlier time runs fast. */
  readonly live: DayMicros
  readonly speed: number
}

const FILL_SPEED = FILL_MARKET_MICROSECONDS / 1000 / FILL_REAL_MILLISECONDS

/** Returns a synthetic market. Before `live` it has fewer ticks, so that this time can run fast. */
export function syntheticMarket(options: SyntheticOptions): Market<SyntheticSource> {
  const { seed, issues, rate, tradingDate, live, speed } = options
  const from = fillStart(live)
  const fillMilliseconds = (live - from) / 1000 / FILL_SPEED
  const fill = { until: live, rate: Math.min(rate, FILL_TICKS_PER_REAL_SECOND / FILL_SPEED) }
  const listings = listIssues(seed, issues).sort((a, b) => a.rank - b.rank)
  return {
    issues: listings.map(({ master }) => master),
    sectors: new Map(
      listings.flatMap(({ master, sector }) => (sector === undefined ? [] : [[master.code, sector]])),
    ),
    begin: start => ({
      time: planTime(start, tradingDate, { from, live, fillMilliseconds, speed }),
      source: { exchange: { seed, issues, rate, tradingDate, from, fill } },
    }),
  }
}
