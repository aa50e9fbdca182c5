/** Random hours, exceptions and calendars. */
import fc from 'fast-check'
import { Calendar } from '../../../market/calendar/calendar.ts'
import type { CalendarException } from '../../../market/calendar/exceptions.ts'
import type { Hours } from '../../../market/calendar/hours.ts'
import { DAY_MICROSECONDS, dateOf, momentOf } from '../../../market/moment.ts'
import { addMicros, asTradingDate, type TradingDate } from '../../../market/units.ts'

const MINUTE = 60_000_000
/** The limits of the hours of an exception, minutes of the day. */
const [FIRST, LAST] = [7 * 60, 22 * 60]

/** Any hours that an exception may have: two sessions, or one of them. */
export const hoursArbitrary: fc.Arbitrary<Hours> = fc
  .record({
    times: fc.uniqueArray(fc.integer({ min: FIRST, max: LAST }), { minLength: 6, maxLength: 6 }),
    sessions: fc.constantFrom('both', 'morning', 'afternoon'),
    hasBreak: fc.boolean(),
    hasClosing: fc.boolean(),
  })
  .map(({ times, sessions, hasBreak, hasClosing }) => {
    const [orders, start, noon, next, closing, end] = times
      .toSorted((a, b) => a - b)
      .map(minute => minute * MINUTE) as [number, number, number, number, number, number]
    const close = sessions === 'morning' ? noon : end
    const afternoon = { start: hasBreak ? next : noon, end }
    return {
      orders,
      morning:
        sessions === 'afternoon' ? { start: afternoon.start, end: afternoon.start } : { start, end: noon },
      afternoon: sessions === 'morning' ? { start: noon, end: noon } : afternoon,
      closing: hasClosing && sessions !== 'morning' ? closing : close,
    }
  })

/** Any date of the years 2015 to 2049. */
export const dates: fc.Arbitrary<TradingDate> = fc
  .integer({ min: 0, max: 35 * 365 })
  .map(days => dateOf(addMicros(momentOf(asTradingDate(20150101), 0), days * DAY_MICROSECONDS)))

const exceptionArbitrary: fc.Arbitrary<CalendarException> = fc.oneof(
  fc.record({ kind: fc.constant('closed' as const), date: dates, note: fc.constant('closed') }),
  fc.record({
    kind: fc.constant('hours' as const),
    date: dates,
    note: fc.constant('hours'),
    hours: hoursArbitrary,
  }),
  fc.record(
    { kind: fc.constant('open' as const), date: dates, note: fc.constant('open'), hours: hoursArbitrary },
    { requiredKeys: ['kind', 'date', 'note'] },
  ),
  fc.record({
    kind: fc.constant('new-hours' as const),
    since: dates,
    note: fc.constant('new hours'),
    hours: hoursArbitrary,
  }),
)

/** Calendars with up to 60 exceptions. */
export const calendars: fc.Arbitrary<Calendar> = fc
  .array(exceptionArbitrary, { maxLength: 60 })
  .map(exceptions => new Calendar(exceptions))
