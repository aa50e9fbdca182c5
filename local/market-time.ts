/** The clock of a local run: market time runs fast until `live`, then at the chosen speed. */
import type { ClockSegment } from '../market/clock.ts'
import { momentOf } from '../market/moment.ts'
import {
  addMillis,
  type DayMicros,
  type EpochMillis,
  type Millis,
  type TradingDate,
  toEpochMillis,
} from '../market/units.ts'

/** Market time that runs fast before `live`: more than the twenty minutes by which delayed prices are late. */
export const FILL_MARKET_MICROSECONDS = 30 * 60_000_000
/** Real time in which this market time runs. */
export const FILL_REAL_MILLISECONDS = 24_000
/** Limit of ticks a real second before `live`, for a small machine. */
export const FILL_TICKS_PER_REAL_SECOND = 5_000
/** Orders are accepted from 8:00; the exchange sends nothing before. */
const DAY_START_MICROSECONDS = 8 * 3_600_000_000

export interface LocalTime {
  readonly tradingDate: TradingDate
  /** µs of the day at which the exchange starts to send. */
  readonly from: DayMicros
  /** µs of the day at which normal speed starts. */
  readonly live: DayMicros
  readonly segments: readonly ClockSegment[]
  /** Epoch ms at which normal speed starts. */
  readonly liveAt: EpochMillis
}

/**
 * Returns the earliest market time (µs of the day) at which the fast part before `live` may start. It is `live` itself
 * where the exchange has sent nothing yet.
 */
export function fillStart(live: DayMicros): DayMicros {
  return Math.min(live, Math.max(DAY_START_MICROSECONDS, live - FILL_MARKET_MICROSECONDS))
}

/**
 * Plans the clock of a run.
 * @param start epoch ms at which market time starts to run.
 * @param from µs of the day that market time starts at.
 * @param live µs of the day at which normal speed starts.
 * @param fillMilliseconds real time from `start` until then.
 * @param speed market seconds a real second from then on.
 */
export function planTime(
  start: EpochMillis,
  tradingDate: TradingDate,
  plan: {
    readonly from: DayMicros
    readonly live: DayMicros
    readonly fillMilliseconds: Millis
    readonly speed: number
  },
): LocalTime {
  const { from, live, fillMilliseconds, speed } = plan
  const liveAt = addMillis(start, fillMilliseconds)
  const segments = [{ real: liveAt, market: toEpochMillis(momentOf(tradingDate, live)), speed }]
  if (live > from) {
    const fillSpeed = (live - from) / 1000 / fillMilliseconds
    segments.unshift({ real: start, market: toEpochMillis(momentOf(tradingDate, from)), speed: fillSpeed })
  }
  return { tradingDate, from, live, segments, liveAt }
}
