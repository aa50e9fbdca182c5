/**
 * The start, the end and the trades of a bar by time of day.
 *
 * Bars count from the start of their session, and no bar spans two sessions. The opening auction belongs to the first
 * bar of its session. The closing auction trades at the session's end or shortly after; it belongs to the last bar.
 */
import type { Hours, Session } from './calendar/hours.ts'
import { DAY_MICROSECONDS } from './moment.ts'
import type { DayMicros, Micros } from './units.ts'

const MINUTE = 60_000_000

/** The length of a bar. `1d` is a bar of a trading date (day-bar.ts). */
export type BarInterval = '1m' | '5m' | '15m' | '1h' | '1d'

/** Bar lengths within a day (µs). */
export const INTERVALS = {
  '1m': MINUTE,
  '5m': 5 * MINUTE,
  '15m': 15 * MINUTE,
  '1h': 60 * MINUTE,
} as const satisfies Record<Exclude<BarInterval, '1d'>, Micros>
export type Interval = keyof typeof INTERVALS

/**
 * Returns the start (µs of the day) of the bar to which a trade at `time` belongs.
 * @param length length of the bars (µs).
 */
export function barStart(hours: Hours, time: DayMicros, length: Micros = MINUTE): DayMicros {
  const { start, end } = sessionOf(hours, time)
  const timeInSession = Math.max(start, Math.min(time, end - 1))
  return timeInSession - ((timeInSession - start) % length)
}

/** Returns the end (µs of the day, exclusive) of the bar that starts at `start`; a session's end cuts its last bar. */
export function barEnd(hours: Hours, start: DayMicros, length: Micros): DayMicros {
  return Math.min(start + length, sessionOf(hours, start).end)
}

/** Returns the start of the bar after the bar that starts at `start`; the end of the last session after the last bar. */
export function nextBarStart(hours: Hours, start: DayMicros, length: Micros): DayMicros {
  const end = barEnd(hours, start, length)
  return end === hours.morning.end ? hours.afternoon.start : end
}

/** Returns the first time (µs of the day) whose trades belong to the bar that starts at `start`. */
export function firstTradeTime(hours: Hours, start: DayMicros): DayMicros {
  return start === hours.morning.start ? 0 : start
}

/** Returns the last time (µs of the day) whose trades belong to the bar of `length` (µs) that starts at `start`. */
export function lastTradeTime(hours: Hours, start: DayMicros, length: Micros): DayMicros {
  const { morning, afternoon } = hours
  const end = barEnd(hours, start, length)
  if (end === afternoon.end) return DAY_MICROSECONDS - 1
  return end === morning.end ? afternoon.start - 1 : end - 1
}

function sessionOf({ morning, afternoon }: Hours, time: DayMicros): Session {
  if (afternoon.start === afternoon.end) return morning
  return time < afternoon.start ? morning : afternoon
}
