/** The date and the time of day in ISO 8601 texts with the Tokyo offset, as the server sends them. */
import { dateFromIso, momentFromIso, timeOfDay } from '../../market/moment.ts'
import type { DayMicros, EpochMicros, TradingDate } from '../../market/units.ts'

/** @throws RangeError if the text is not ISO 8601 with an offset. */
export function momentOfIso(text: string): EpochMicros {
  const moment = momentFromIso(text)
  if (moment === undefined) throw new RangeError(`expected an ISO 8601 time, got ${JSON.stringify(text)}`)
  return moment
}

/** @throws RangeError if the text is not ISO 8601 with an offset. */
export function timeOfIso(text: string): DayMicros {
  return timeOfDay(momentOfIso(text))
}

/** Returns the date of a text that begins with a date in Tokyo. */
export function dateOfIso(text: string): TradingDate {
  return dateFromIso(text.slice(0, 10))
}
