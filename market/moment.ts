/** Market times: their Tokyo date and time of day, and both as ISO 8601 text. */
import { asEpochMicros, asTradingDate, type DayMicros, type EpochMicros, type TradingDate } from './units.ts'

/** Microseconds in a day. */
export const DAY_MICROSECONDS = 86_400_000_000
/** Tokyo is nine hours ahead of UTC all year. */
const TOKYO_OFFSET_MICROSECONDS = 9 * 3_600_000_000

/** YYYYMMDD in Tokyo of a market time, as a number. */
export function dateOf(moment: EpochMicros): TradingDate {
  const date = new Date((moment + TOKYO_OFFSET_MICROSECONDS) / 1000)
  return asTradingDate(date.getUTCFullYear() * 10_000 + (date.getUTCMonth() + 1) * 100 + date.getUTCDate())
}

/** Microseconds since midnight in Tokyo of a market time. */
export function timeOfDay(moment: EpochMicros): DayMicros {
  return (moment + TOKYO_OFFSET_MICROSECONDS) % DAY_MICROSECONDS
}

/** Market time (epoch µs) of a moment given as YYYYMMDD and microseconds since midnight, both in Tokyo. */
export function momentOf(date: TradingDate, time: DayMicros): EpochMicros {
  const midnight = Date.UTC(Math.trunc(date / 10_000), (Math.trunc(date / 100) % 100) - 1, date % 100)
  return asEpochMicros(midnight * 1000 - TOKYO_OFFSET_MICROSECONDS + time)
}

/** ISO 8601 with the Tokyo offset, to the microsecond: `2026-11-20T09:00:00.063886+09:00`. */
export function isoTime(date: TradingDate, time: DayMicros): string {
  const seconds = Math.trunc(time / 1_000_000)
  const two = (n: number): string => String(n).padStart(2, '0')
  const clock = `${two(Math.trunc(seconds / 3600))}:${two(Math.trunc(seconds / 60) % 60)}:${two(seconds % 60)}`
  return `${isoDate(date)}T${clock}.${String(time % 1_000_000).padStart(6, '0')}+09:00`
}

/** YYYYMMDD → `YYYY-MM-DD`. */
export function isoDate(date: TradingDate): string {
  const text = String(date)
  return `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}`
}

/** `2026-11-20T09:00:00.063886+09:00` */
export function momentToIso(moment: EpochMicros): string {
  return isoTime(dateOf(moment), timeOfDay(moment))
}

const ISO =
  /^(\d{4}-\d{2}-\d{2})T((?:[01]\d|2[0-3]):\d{2})(?::(\d{2})(?:\.(\d{1,6})\d*)?)?(Z|[+ -]\d{2}:\d{2})$/

/**
 * The moment that an ISO 8601 text with an offset names, to the microsecond (what is finer is cut off).
 * A plus that nobody escaped in a query arrives as a blank and is taken as the plus it was.
 * @returns undefined when the text names none.
 */
export function momentFromIso(text: string): EpochMicros | undefined {
  const match = ISO.exec(text)
  if (match === null) return undefined
  const [, date = '', minutes, seconds = '00', fraction = '', offset = 'Z'] = match
  if (!isDate(date)) return undefined
  const milliseconds = Date.parse(`${date}T${minutes}:${seconds}${offset.replace(' ', '+')}`)
  return Number.isNaN(milliseconds)
    ? undefined
    : asEpochMicros(milliseconds * 1000 + Number(fraction.padEnd(6, '0')))
}

/** The engine takes February 30 for a day of March. */
function isDate(text: string): boolean {
  const midnight = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(text)
}
