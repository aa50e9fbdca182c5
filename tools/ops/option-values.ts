/** Reads dates, times and durations from the command line of `npm run ops`. */
import { dateOf, isoDate, momentFromIso, momentToIso } from '../../market/moment.ts'
import type { EpochMicros, Millis, TradingDate } from '../../market/units.ts'
import { UsageError } from '../tool-arguments.ts'

/** A hold that is forgotten costs at most a day of tasks, or a day without prices. */
export const LONGEST_HOLD_HOURS = 24
const HOUR_MICROSECONDS = 3_600_000_000

/** Reads a trading date, as 2026-11-20. @throws UsageError */
export function readDate(text: string): TradingDate {
  const midnight = momentFromIso(`${text}T00:00:00+09:00`)
  if (midnight !== undefined && isoDate(dateOf(midnight)) === text) return dateOf(midnight)
  throw new UsageError(`--date: expected YYYY-MM-DD, got "${text}"`)
}

/** Returns a month, as 2026-11. @throws UsageError */
export function readMonth(text: string): string {
  if (/^20\d{2}-(0[1-9]|1[0-2])$/.test(text)) return text
  throw new UsageError(`--month: expected YYYY-MM, got "${text}"`)
}

/** Milliseconds of each unit. */
const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

function durationOf(text: string): Millis {
  const [, count, unit] = /^(\d{1,5})([smhd])$/.exec(text) ?? []
  return unit === undefined ? Number.NaN : Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS]
}

/** Reads a duration from `low` to `high`, all as 30s, 5m, 24h or 7d. @throws UsageError */
export function readDuration(
  option: string,
  text: string,
  [low, high]: readonly [low: string, high: string],
): Millis {
  const duration = durationOf(text)
  if (duration >= durationOf(low) && duration <= durationOf(high)) return duration
  throw new UsageError(`--${option}: expected ${low} to ${high}, as 30s, 5m, 24h or 7d, got "${text}"`)
}

/**
 * Reads the end of a hold: `HH:MM` of today in Tokyo, or `YYYY-MM-DDTHH:MM`.
 * @throws UsageError unless it is after `now` and at most {@link LONGEST_HOLD_HOURS} hours from it.
 */
export function readUntil(text: string, now: EpochMicros): EpochMicros {
  const today = momentToIso(now).slice(0, 10)
  const full = /^\d{2}:\d{2}(:\d{2})?$/.test(text) ? `${today}T${text}` : text
  const until = momentFromIso(`${full}+09:00`)
  if (until === undefined) {
    throw new UsageError(`--until: expected HH:MM or YYYY-MM-DDTHH:MM in Tokyo, got "${text}"`)
  }
  const hours = (until - now) / HOUR_MICROSECONDS
  if (hours <= 0 || hours > LONGEST_HOLD_HOURS) {
    const at = momentToIso(now).slice(0, 16)
    throw new UsageError(
      `--until: expected a time within ${LONGEST_HOLD_HOURS} hours after ${at}, the market time, got "${text}"`,
    )
  }
  return until
}
