/** The hours of a date from its JSON in the calendar of the REST API. */
import { momentFromIso, timeOfDay } from '../moment.ts'
import type { DayMicros } from '../units.ts'
import type { CalendarDayJson } from './calendar-json.ts'
import type { Hours } from './hours.ts'

/**
 * Returns the hours of a date; undefined if the exchange is closed.
 * @throws RangeError for a time that is not ISO 8601.
 */
export function hoursFromJson({ opens, closes, phases }: CalendarDayJson): Hours | undefined {
  if (opens === undefined || closes === undefined) return undefined
  const from = (name: string): DayMicros | undefined => {
    const start = phases.find(({ phase }) => phase === name)
    return start && timeOf(start.from)
  }
  const [start, end] = [timeOf(opens), timeOf(closes)]
  // A session of length 0 is at the end of the morning, or at the start of the afternoon.
  const afternoonStart = from('afternoon') ?? end
  return {
    orders: from('order-acceptance') ?? start,
    morning: { start: from('morning') ?? afternoonStart, end: from('lunch') ?? afternoonStart },
    afternoon: { start: afternoonStart, end },
    closing: from('closing') ?? end,
  }
}

function timeOf(iso: string): DayMicros {
  const moment = momentFromIso(iso)
  if (moment === undefined) throw new RangeError(`expected an ISO 8601 time, got "${iso}"`)
  return timeOfDay(moment)
}
