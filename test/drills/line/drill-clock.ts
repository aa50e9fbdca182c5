import type { Clock } from '../../../market/clock.ts'
import { momentOf } from '../../../market/moment.ts'
import { asEpochMicros, type EpochMicros, type TradingDate } from '../../../market/units.ts'

export interface DrillClock extends Clock {
  /** Market time stands until now, and goes on from here. */
  start(): void
  readonly atEnd: boolean
}

/** Market time that stands at `from`, then runs `speed` times as fast as real time, and stands still at `until`. */
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
