/** Market times (epoch µs) as the REST API writes and reads them. */
import { dateOf, isoTime, timeOfDay } from './clock.ts'

/** `2026-11-20T09:00:00.063886+09:00` */
export function momentToIso(moment: number): string {
  return isoTime(dateOf(moment), timeOfDay(moment))
}

const ISO =
  /^(\d{4}-\d{2}-\d{2})T((?:[01]\d|2[0-3]):\d{2})(?::(\d{2})(?:\.(\d{1,6})\d*)?)?(Z|[+ -]\d{2}:\d{2})$/

/**
 * The moment that an ISO 8601 text with an offset names, to the microsecond (what is finer is cut off).
 * A plus that nobody escaped in a query arrives as a blank and is taken as the plus it was.
 * @returns undefined when the text names none.
 */
export function momentFromIso(text: string): number | undefined {
  const match = ISO.exec(text)
  if (match === null) return undefined
  const [, date = '', minutes, seconds = '00', fraction = '', offset = 'Z'] = match
  if (!isDate(date)) return undefined
  const milliseconds = Date.parse(`${date}T${minutes}:${seconds}${offset.replace(' ', '+')}`)
  return Number.isNaN(milliseconds) ? undefined : milliseconds * 1000 + Number(fraction.padEnd(6, '0'))
}

/** The engine takes February 30 for a day of March. */
function isDate(text: string): boolean {
  const midnight = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(text)
}
