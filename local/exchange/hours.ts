/** The hours of a trading day at the exchange, and the load in each. Times in microseconds since midnight in Tokyo. */
import { RULES } from '../../market/calendar/calendar.ts'
import { type PhaseStart, phasesOf } from '../../market/phase.ts'
import type { DayMicros, Micros, TradingDate } from '../../market/units.ts'

export const SECOND = 1_000_000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE

/** Orders for the afternoon are accepted from this long before its auction (from 12:05). */
const NOON_ORDERS = 25 * MINUTE

export interface DayHours {
  readonly orders: DayMicros
  readonly open: DayMicros
  readonly lunch: DayMicros
  readonly noonOrders: DayMicros
  readonly noon: DayMicros
  /** End of continuous trading; equal to `close` on dates without an order-only period. */
  readonly preClose: DayMicros
  readonly close: DayMicros
  readonly phases: readonly PhaseStart[]
}

export function dayHoursOf(tradingDate: TradingDate): DayHours {
  const hours = RULES.hoursOf(tradingDate)
  const { orders, morning, afternoon, closing } = hours
  return {
    orders,
    open: morning.start,
    lunch: morning.end,
    noonOrders: afternoon.start - NOON_ORDERS,
    noon: afternoon.start,
    preClose: closing,
    close: afternoon.end,
    phases: phasesOf(hours),
  }
}

/** Returns whether `time` is in continuous trading. At other times orders wait for an auction or are not accepted. */
export function isContinuous({ open, lunch, noon, preClose }: DayHours, time: DayMicros): boolean {
  return (time >= open && time < lunch) || (time >= noon && time < preClose)
}

/** Returns `height` decayed by the factor e for every `fade` in `since` (both µs). */
function burst(height: number, since: Micros, fade: Micros): number {
  return height * Math.exp(-since / fade)
}

/**
 * Returns the load at `time` as a multiple of a calm hour of continuous trading; 0 when no orders are accepted.
 * The load peaks at 8:00, at the openings and towards the close.
 */
export function intensityAt(hours: DayHours, time: DayMicros): number {
  const { orders, open, lunch, noonOrders, noon, preClose, close } = hours
  if (time < orders) return 0
  if (time < open) return 0.2 + burst(1, time - orders, MINUTE) + burst(1, open - time, 2 * MINUTE)
  if (time < lunch) {
    const opening = burst(3.5, time - open, 90 * SECOND) + burst(0.8, time - open, 15 * MINUTE)
    return 0.9 + opening + burst(0.3, lunch - time, 10 * MINUTE)
  }
  if (time < noonOrders) return 0
  if (time < noon) return 0.1 + burst(0.3, noon - time, 2 * MINUTE)
  if (time < preClose) {
    return 0.9 + burst(1, time - noon, 2 * MINUTE) + burst(1, preClose - time, 15 * MINUTE)
  }
  return time < close ? 0.5 : 0
}
