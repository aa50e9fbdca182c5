/** The market clock of a drill: starts late, runs fast, and stops at the end. */
import type { Clock } from '../../../market/clock.ts'
import { momentOf } from '../../../market/moment.ts'
import { asEpochMicros, type EpochMicros, type TradingDate } from '../../../market/units.ts'

export interface DrillClock extends Clock {
  /** Starts the clock. Market time stands still before. */
  start(): void
  readonly atEnd: boolean
}

/** Returns a clock that stands at `from` until it starts, runs `speed` times as fast as real time, and stops at `until`. */
export function drillClock(tradingDate: TradingDate, from: number, until: number, speed: number): DrillClock {
  const [first, last] = [momentOf(tradingDate, from), momentOf(tradingDate, until)]
  let startedAt: number | undefined
  const now = (): EpochMicros => {
    if (startedAt === undefined) return first
    return asEpochMicros(Math.min(last, first + Math.round((performance.now() - startedAt) * 1000 * speed)))
  }
  return {
    now,
    speed: () => speed,
    realMillisecondsUntil: microseconds =>
      microseconds > last ? Infinity : Math.max(0, (microseconds - now()) / speed / 1000),
    start() {
      startedAt = performance.now()
    },
    get atEnd() {
      return now() === last
    },
  }
}
