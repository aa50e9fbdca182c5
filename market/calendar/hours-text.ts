/** Hours as they stand in a file of exceptions: `{ "orders": "08:00", "morning": "09:00-11:30", "afternoon": "12:30-15:30" }`. */
import * as v from 'valibot'
import type { DayMicros } from '../units.ts'
import type { Hours, Session } from './hours.ts'

/**
 * Earliest and latest time of an exception. The system starts half an hour before orders and stops an hour after the close.
 * So every phase of a date, and the archive after it, is within the date.
 */
const EARLIEST = '07:00'
const LATEST = '22:00'
const MINUTE = 60_000_000

const timeText = /^(?:[01]\d|2[0-3]):[0-5]\d$/
const isWithin = (time: string): boolean => timeText.test(time) && time >= EARLIEST && time <= LATEST

const time = v.pipe(
  v.string(),
  v.check(isWithin, ({ input }) => `expected a time HH:MM from ${EARLIEST} to ${LATEST}, got "${input}"`),
)
const session = v.nullable(
  v.pipe(
    v.string(),
    v.check(
      text => text.split('-').length === 2 && text.split('-').every(isWithin),
      ({ input }) =>
        `expected a session HH:MM-HH:MM from ${EARLIEST} to ${LATEST}, or null if it does not take place, got "${input}"`,
    ),
  ),
)

/** The hours of an exception. All times are of Tokyo. */
export const hoursSchema = v.strictObject({
  /** The exchange accepts orders from this time on. */
  orders: time,
  morning: session,
  afternoon: session,
  /** From this time to the close the exchange accepts orders and does not trade. Absent: there is no such period. */
  closing: v.optional(time),
})
export type HoursText = v.InferOutput<typeof hoursSchema>

/** Returns the hours, and what is wrong with their order: see {@link orderProblems}. */
export function readHours(text: HoursText): {
  readonly hours: Hours
  readonly problems: readonly string[]
} {
  const { orders, morning, afternoon, closing } = text
  const [first, second] = [readSession(morning), readSession(afternoon)]
  const [opening, close] = [(first ?? second)?.start ?? 0, (second ?? first)?.end ?? 0]
  return {
    hours: {
      orders: readTime(orders),
      morning: first ?? { start: opening, end: opening },
      afternoon: second ?? { start: close, end: close },
      closing: closing === undefined ? close : readTime(closing),
    },
    problems: orderProblems(text),
  }
}

/** Returns the members of hours that can be read, of a text whose others cannot. */
export function readableHours(hours: object): Partial<HoursText> {
  const { entries } = hoursSchema
  return Object.fromEntries(
    Object.entries(hours).filter(
      ([name, value]) => name in entries && v.is(entries[name as keyof typeof entries], value),
    ),
  )
}

/**
 * Returns what is wrong with the order of hours. A member that is not there is compared with no other. A problem starts with the
 * member, `.morning: …`, or with the colon.
 */
export function orderProblems({ orders, morning, afternoon, closing }: Partial<HoursText>): string[] {
  // Null: the session does not take place. Undefined: it is not known.
  const [first, second] = [readSession(morning), readSession(afternoon)]
  const opens = first === null ? second : first
  const closes = second === null ? first : second
  return [
    first === null && second === null && ': expected a morning, an afternoon or both, got none',
    first && first.start >= first.end && `.morning: expected to end after it starts, got "${morning}"`,
    second && second.start >= second.end && `.afternoon: expected to end after it starts, got "${afternoon}"`,
    first &&
      second &&
      first.end > second.start &&
      `.afternoon: expected to start after the morning, got "${afternoon}" after "${morning}"`,
    opens &&
      orders !== undefined &&
      readTime(orders) > opens.start &&
      `.orders: expected up to the opening, got "${orders}"`,
    closes &&
      closing !== undefined &&
      !(readTime(closing) > closes.start && readTime(closing) <= closes.end) &&
      `.closing: expected a time within the last session, got "${closing}"`,
  ].filter(problem => typeof problem === 'string')
}

function readSession<Missing extends null | undefined>(text: string | Missing): Session | Missing {
  if (typeof text !== 'string') return text
  const [start = '', end = ''] = text.split('-')
  return { start: readTime(start), end: readTime(end) }
}

function readTime(text: string): DayMicros {
  const [hours = 0, minutes = 0] = text.split(':').map(Number)
  return (hours * 60 + minutes) * MINUTE
}
