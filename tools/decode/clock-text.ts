import { isoTime } from '../../market/moment.ts'
import { asTradingDate, type DayMicros } from '../../market/units.ts'

/** Returns a time of day (microseconds since midnight) without a date, as in the feed: `09:00:00.063886`. */
export function clockText(time: DayMicros): string {
  return isoTime(asTradingDate(19700101), time).slice('1970-01-01T'.length, -'+09:00'.length)
}
