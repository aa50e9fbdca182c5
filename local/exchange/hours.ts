/** Trading hours, phases and how busy the market is through the day. Times in microseconds since midnight in Tokyo. */
import type { Phase } from '../../market/event.ts'

export const SECOND = 1_000_000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE

/** The first trading date with the closing auction at 15:30. */
const LATER_CLOSE_SINCE = 20241105

export interface Hours {
  readonly orders: number
  readonly open: number
  readonly lunch: number
  /** Orders are taken again (12:05), half an hour before the afternoon's auction. */
  readonly noonOrders: number
  readonly noon: number
  /** Continuous trading ends; the same as `close` where there is no time for orders alone. */
  readonly preClose: number
  readonly close: number
  readonly phases: readonly { readonly time: number; readonly phase: Phase }[]
}

export function hoursOf(tradingDate: number): Hours {
  const later = tradingDate >= LATER_CLOSE_SINCE
  const close = later ? 15 * HOUR + 30 * MINUTE : 15 * HOUR
  const preClose = later ? close - 5 * MINUTE : close
  const day = {
    orders: 8 * HOUR,
    open: 9 * HOUR,
    lunch: 11 * HOUR + 30 * MINUTE,
    noonOrders: 12 * HOUR + 5 * MINUTE,
    noon: 12 * HOUR + 30 * MINUTE,
    preClose,
    close,
  }
  return {
    ...day,
    phases: [
      { time: 0, phase: 'closed' },
      { time: day.orders - 15 * MINUTE, phase: 'warm-up' },
      { time: day.orders, phase: 'order-acceptance' },
      { time: day.open, phase: 'morning' },
      { time: day.lunch, phase: 'lunch' },
      { time: day.noon, phase: 'afternoon' },
      { time: preClose, phase: 'closing' },
      // The closing auctions of all issues take some seconds.
      { time: close + MINUTE, phase: 'wind-down' },
      { time: close + HOUR, phase: 'closed' },
    ],
  }
}

/** Whether orders meet as they come; at other times they are gathered for an auction, or not taken. */
export function isContinuous({ open, lunch, noon, preClose }: Hours, time: number): boolean {
  return (time >= open && time < lunch) || (time >= noon && time < preClose)
}

/** `height` at `start`, fading by the factor e every `fade`. */
function burst(height: number, since: number, fade: number): number {
  return height * Math.exp(-since / fade)
}

/**
 * How busy the market is at `time`, as a multiple of a calm hour of continuous trading; 0 where no orders are taken.
 * Loads peak when orders are first taken, at the openings and towards the close.
 */
export function intensityAt(hours: Hours, time: number): number {
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
