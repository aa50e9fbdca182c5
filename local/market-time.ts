/** Where market time stands in a local run: what lies before live fast, then at its own pace. */
import type { ClockSegment } from '../market/clock.ts'
import { momentOf } from '../market/moment.ts'

/** Market time replayed before live: over the twenty minutes that delayed prices are late. */
export const FILL_MARKET_MICROSECONDS = 30 * 60_000_000
/** Real time the replay takes. */
export const FILL_REAL_MILLISECONDS = 24_000
/** Ticks a real second that the replay may bring: more would not be carried by a small machine. */
export const FILL_TICKS_PER_REAL_SECOND = 5_000
/** Orders are accepted from 8:00: nothing happens before. */
const DAY_START_MICROSECONDS = 8 * 3_600_000_000

export interface LocalTime {
  readonly tradingDate: number
  /** Microsecond of the day at which the exchange begins to send. */
  readonly from: number
  /** Microsecond of the day at which live begins. */
  readonly live: number
  readonly segments: readonly ClockSegment[]
  /** Epoch ms at which live begins. */
  readonly liveAt: number
}

/** Where a replay before live that ends at `live` begins, at the earliest. */
export function fillStart(live: number): number {
  return Math.max(DAY_START_MICROSECONDS, live - FILL_MARKET_MICROSECONDS)
}

/**
 * @param start epoch ms at which market time begins to run.
 * @param from microsecond of the trading date at which it does.
 * @param live microsecond of the trading date at which live begins.
 * @param fillMilliseconds real time until then.
 * @param speed market seconds in a real one from then on.
 */
export function planTime(
  start: number,
  tradingDate: number,
  plan: {
    readonly from: number
    readonly live: number
    readonly fillMilliseconds: number
    readonly speed: number
  },
): LocalTime {
  const { from, live, fillMilliseconds, speed } = plan
  const liveAt = start + fillMilliseconds
  const segments = [{ real: liveAt, market: momentOf(tradingDate, live) / 1000, speed }]
  if (live > from) {
    const fillSpeed = (live - from) / 1000 / fillMilliseconds
    segments.unshift({ real: start, market: momentOf(tradingDate, from) / 1000, speed: fillSpeed })
  }
  return { tradingDate, from, live, segments, liveAt }
}
