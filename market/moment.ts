/** Market times as Tokyo date and time of day, and as ISO 8601 text. */
import {
  addMicros,
  asEpochMicros,
  asTradingDate,
  type DayMicros,
  type EpochMicros,
  type TradingDate,
} from './units.ts'

/** Microseconds in a day. */
export const DAY_MICROSECONDS = 86_400_000_000
/** Tokyo is nine hours ahead of UTC all year. */
const TOKYO_OFFSET_MICROSECONDS = 9 * 3_600_000_000

/** Returns the date of a market time. */
export function dateOf(moment: EpochMicros): TradingDate {
  const date = new Date((moment + TOKYO_OFFSET_MICROSECONDS) / 1000)
  return asTradingDate(date.getUTCFullYear() * 10_000 + (date.getUTCMonth() + 1) * 100 + date.getUTCDate())
}

/** Returns the time of day of a market time. */
export function timeOfDay(moment: EpochMicros): DayMicros {
  return (moment + TOKYO_OFFSET_MICROSECONDS) % DAY_MICROSECONDS
}

/** Returns the market time of a date and a time of day. */
export function momentOf(date: TradingDate, time: DayMicros): EpochMicros {
  const midnight = Date.UTC(Math.trunc(date / 10_000), (Math.trunc(date / 100) % 100) - 1, date % 100)
  return asEpochMicros(midnight * 1000 - TOKYO_OFFSET_MICROSECONDS + time)
}

/** Returns a date and a time of day as ISO 8601 with the Tokyo offset: `2026-11-20T09:00:00.063886+09:00`. */
export function isoTime(date: TradingDate, time: DayMicros): string {
  return `${isoDate(date)}T${clockTime(time)}.${String(time % 1_000_000).padStart(6, '0')}+09:00`
}

/** Returns a time of day as `09:31:04`. */
export function clockTime(time: DayMicros): string {
  const seconds = Math.trunc(time / 1_000_000)
  const two = (n: number): string => String(n).padStart(2, '0')
  return `${two(Math.trunc(seconds / 3600))}:${two(Math.trunc(seconds / 60) % 60)}:${two(seconds % 60)}`
}

/** Returns a date as `YYYY-MM-DD`. */
export function isoDate(date: TradingDate): string {
  const text = String(date)
  return `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}`
}

/** Returns the date of a text `YYYY-MM-DD`. The text must be a date: see {@link isDate}. */
export function dateFromIso(text: string): TradingDate {
  return asTradingDate(Number(text.replaceAll('-', '')))
}

/** Returns a market time as ISO 8601 with the Tokyo offset: `2026-11-20T09:00:00.063886+09:00`. */
export function momentToIso(moment: EpochMicros): string {
  return isoTime(dateOf(moment), timeOfDay(moment))
}

const ISO =
  /^(\d{4}-\d{2}-\d{2})T((?:[01]\d|2[0-3]):\d{2})(?::(\d{2})(?:\.(\d{1,6})\d*)?)?(Z|[+ -]\d{2}:\d{2})$/

/**
 * Reads an ISO 8601 time with an offset. Digits after the microseconds are dropped. A blank before the offset counts as
 * a plus: that is how an unescaped plus in a query arrives.
 * @returns undefined if the text is not such a time.
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

/** Returns whether a text is a date `YYYY-MM-DD`. The engine alone would read February 30 as a day of March. */
export function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  const midnight = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(text)
}

/** Returns `time` if it is later than `other`, else one microsecond after `other`. Both are ISO 8601 with the same offset. */
export function strictlyAfter(time: string, other: string): string {
  if (time > other) return time
  const moment = momentFromIso(other)
  if (moment === undefined) throw new RangeError(`expected an ISO 8601 time, got ${JSON.stringify(other)}`)
  return momentToIso(addMicros(moment, 1))
}
