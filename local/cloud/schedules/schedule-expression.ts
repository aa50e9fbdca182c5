/** Schedule expressions of EventBridge Scheduler, to the minute. */
import { Cron } from 'croner'
import { checkCronFields } from './cron-fields.ts'

/** Returns whether a schedule fires in the minute that begins at `minute` (epoch minutes). */
export type Fires = (minute: number) => boolean

const UNIT_MINUTES: Readonly<Record<string, number>> = { minute: 1, hour: 60, day: 1440 }
const MINUTE_MS = 60_000
/** Clocks go back by at most this long. */
const LONGEST_SHIFT_MINUTES = 180

/**
 * Reads `cron(minutes hours day-of-month month day-of-week year)` or `rate(value unit)`.
 * @param start epoch minute from which a rate counts. It fires at once, in the next minute (EventBridge Scheduler User
 * Guide, "Rate-based schedules", without a start date).
 * @throws RangeError naming the expression and the problem.
 */
export function readExpression(expression: string, timeZone: string, start: number): Fires {
  const [, value, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? []
  if (unit !== undefined && Number(value) > 0) {
    const every = Number(value) * UNIT_MINUTES[unit]!
    return minute => minute > start && (minute - start - 1) % every === 0
  }
  const fields = /^cron\(([^)]*)\)$/.exec(expression)?.[1]?.trim().split(/\s+/)
  if (fields?.length !== 6) {
    throw new RangeError(`expected rate(value unit) or cron with six fields, got "${expression}"`)
  }
  try {
    if (/^[+-]/.test(timeZone))
      throw new RangeError(`expected the IANA name of a time zone, got "${timeZone}"`)
    checkCronFields(fields)
    return readCron(fields, timeZone, start)
  } catch (cause) {
    throw new RangeError(`${expression} in ${timeZone}: ${String(cause)}`, { cause })
  }
}

function readCron(fields: readonly string[], timeZone: string, start: number): Fires {
  // Seconds come first. Weekdays count from Sunday = 1, and "0/5" is a range with a step, as in EventBridge.
  const options = { timezone: timeZone, alternativeWeekdays: true, sloppyRanges: true }
  const cron = new Cron(`0 ${fields.join(' ')}`, options)
  const matches: Fires = minute => cron.match(new Date(minute * MINUTE_MS))
  // The time zone is first used here: an unknown one is reported at the start.
  matches(start)
  const isAtFixedHours = /^[\d,]+$/.test(fields[1]!)
  const offset = offsetIn(timeZone)
  // A schedule at a fixed hour does not fire again when the hour comes twice because clocks go back.
  return minute => matches(minute) && !(isAtFixedHours && isRepeated(minute, offset))
}

/** Returns whether clocks showed the time of a minute once before, because they have gone back since. */
function isRepeated(minute: number, offset: (minute: number) => number): boolean {
  const shift = offset(minute - LONGEST_SHIFT_MINUTES) - offset(minute)
  return shift > 0 && offset(minute - shift) - offset(minute) === shift
}

/** Returns a function that returns the distance (minutes) of a time zone from UTC in a minute. */
function offsetIn(timeZone: string): (minute: number) => number {
  const format = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' })
  return minute => {
    const parts = format.formatToParts(new Date(minute * MINUTE_MS))
    const name = parts.find(({ type }) => type === 'timeZoneName')?.value ?? ''
    const [, sign, hours, minutes] = /^GMT([+-])(\d\d):(\d\d)$/.exec(name) ?? []
    return (sign === '-' ? -1 : 1) * (60 * Number(hours ?? 0) + Number(minutes ?? 0))
  }
}
