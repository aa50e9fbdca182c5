/** The times at which orders reach the exchange: random gaps at a rate that changes every second. */

import type { DayMicros } from '../../market/units.ts'
import { type DayHours, intensityAt, SECOND } from './hours.ts'
import { exponential, type Random } from './random.ts'

export interface ArrivalOptions {
  readonly hours: DayHours
  readonly random: Random
  /** Ticks a market second of the whole market in a calm hour. */
  readonly rate: number
  /** Until `until` (µs of the day), `rate` replaces the rate above. */
  readonly fill?: { readonly until: DayMicros; readonly rate: number }
  /** µs of the day: events before this time are simulated, but not emitted. */
  readonly from: DayMicros
}

export interface OrderArrivals {
  /** Time of the next order (µs of the day); Infinity after the last order of the day. */
  readonly next: DayMicros
  /** Draws the order that follows the order at {@link next}. */
  advance(): void
}

/** Before `from` the market runs at this part of its rate, and never above {@link UNSEEN_RATE_LIMIT} ticks a second. */
const UNSEEN_PART = 1 / 30
const UNSEEN_RATE_LIMIT = 50

export function createOrderArrivals({ hours, random, rate, fill, from }: ArrivalOptions): OrderArrivals {
  /** Start of the second that {@link next} lies in: the rate is constant within it. */
  let second = hours.orders
  let next = draw(second)

  function rateAt(time: DayMicros): number {
    const calm = fill !== undefined && time < fill.until ? fill.rate : rate
    return intensityAt(hours, time) * (time < from ? Math.min(calm * UNSEEN_PART, UNSEEN_RATE_LIMIT) : calm)
  }

  /** Returns the time of the first order after `after`. A gap that crosses into the next second is drawn again there. */
  function draw(after: number): number {
    let time = after
    while (second < hours.close) {
      const current = rateAt(second)
      time += current > 0 ? Math.ceil(exponential(random, SECOND / current)) : Number.POSITIVE_INFINITY
      if (time < second + SECOND) return time
      second += SECOND
      time = second
    }
    return Number.POSITIVE_INFINITY
  }

  return {
    get next() {
      return next
    },
    advance() {
      next = draw(next)
    },
  }
}
