/** Where market time stands in a local run: the last half hour fast, then at its own pace. */
import { type ClockSegment, momentOf } from '../market/clock.ts'

/** Market minutes replayed before live: over the twenty that delayed prices are late. */
const FILL_MARKET_MICROSECONDS = 30 * 60_000_000
/** Real time the replay takes. */
const FILL_REAL_MILLISECONDS = 24_000
/** Ticks a real second that the replay may bring: more would not be carried by a small machine. */
const FILL_TICKS_PER_REAL_SECOND = 5_000
/** Orders are accepted from 8:00: nothing happens before. */
const DAY_START_MICROSECONDS = 8 * 3_600_000_000

export interface LocalTime {
  readonly tradingDate: number
  /** Microsecond of the day at which the exchange begins to send. */
  readonly from: number
  /** The replay: until this microsecond of the day, at this many ticks a market second. */
  readonly fill: { readonly until: number; readonly rate: number }
  readonly segments: readonly ClockSegment[]
  /** Epoch ms at which live begins. */
  readonly liveAt: number
}

/**
 * @param start epoch ms at which market time begins to run.
 * @param live microsecond of the trading date at which live begins.
 * @param rate ticks a market second once live.
 */
export function planTime(
  start: number,
  tradingDate: number,
  live: number,
  rate: number,
  speed: number,
): LocalTime {
  const from = Math.max(DAY_START_MICROSECONDS, live - FILL_MARKET_MICROSECONDS)
  const fillSpeed = FILL_MARKET_MICROSECONDS / 1000 / FILL_REAL_MILLISECONDS
  const liveAt = start + (live - from) / 1000 / fillSpeed
  const segments = [{ real: liveAt, market: momentOf(tradingDate, live) / 1000, speed }]
  if (live > from)
    segments.unshift({ real: start, market: momentOf(tradingDate, from) / 1000, speed: fillSpeed })
  return {
    tradingDate,
    from,
    fill: { until: live, rate: Math.min(rate, FILL_TICKS_PER_REAL_SECOND / fillSpeed) },
    segments,
    liveAt,
  }
}
