import { isoTime } from '../../market/moment.ts'
import { asTradingDate } from '../../market/units.ts'

/** A time of day (microseconds since midnight) as the feed tells it, without a date: `09:00:00.063886`. */
export function clockText(time: number): string {
  return isoTime(asTradingDate(19700101), time).slice('1970-01-01T'.length, -'+09:00'.length)
}
