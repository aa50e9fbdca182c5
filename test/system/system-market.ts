/** Markets of tests that boot the whole system. */
import { listIssues } from '../../local/exchange/issue-list.ts'
import {
  type Market,
  type SyntheticOptions,
  type SyntheticSource,
  syntheticMarket,
} from '../../local/local-market.ts'
import { planTime } from '../../local/market-time.ts'
import { asTradingDate } from '../../market/units.ts'

const TRADING_DATE = asTradingDate(20261120)
/** Trading is calm at this time of day: 9:30. */
const CALM = 9.5 * 3_600_000_000
/**
 * Ticks a market second in the half hour before live, which runs 75 times as fast. With more ticks, tests mostly wait for
 * the replay, and compute the truth of it again and again.
 */
const RATE_BEFORE_LIVE = 20

type MarketSize = Pick<SyntheticOptions, 'issues' | 'rate' | 'seed'>

/** Returns a market with half an hour before it is live, which has few ticks. Default: live at 9:30, at normal speed. */
export function marketWithHistory(
  size: MarketSize & Partial<Pick<SyntheticOptions, 'live' | 'speed'>>,
): Market<SyntheticSource> {
  const options = { live: CALM, speed: 1, tradingDate: TRADING_DATE, ...size }
  const { begin, ...market } = syntheticMarket(options)
  return {
    ...market,
    begin(start) {
      const { time, source } = begin(start)
      const fill = { until: options.live, rate: RATE_BEFORE_LIVE }
      return { time, source: { exchange: { ...source.exchange, fill } } }
    },
  }
}

/** Returns a market that is live at 9:30 from its start on, without a history and sectors. */
export function marketWithoutHistory({ issues, rate, seed }: MarketSize): Market<SyntheticSource> {
  return {
    issues: listIssues(seed, issues)
      .sort((a, b) => a.rank - b.rank)
      .map(({ master }) => master),
    sectors: new Map(),
    begin: start => ({
      time: planTime(start, TRADING_DATE, { from: CALM, live: CALM, fillMilliseconds: 0, speed: 1 }),
      source: { exchange: { seed, issues, rate, tradingDate: TRADING_DATE, from: CALM } },
    }),
  }
}
