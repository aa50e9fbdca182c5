/** Schedule expressions of EventBridge Scheduler, to the minute. */
import { Cron } from 'croner'

/** Returns whether a schedule fires in the minute that begins at `minute` (epoch minutes). */
export type Fires = (minute: number) => boolean

const UNIT_MINUTES: Readonly<Record<string, number>> = { minute: 1, hour: 60, day: 1440 }
const MINUTE_MS = 60_000

/**
 * Reads `cron(minutes hours day-of-month month day-of-week year)` or `rate(value unit)`.
 * @param start epoch minute from which a rate counts.
 * @throws RangeError naming the expression and the problem.
 */
export function readExpression(expression: string, timeZone: string, start: number): Fires {
  const [, value, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? []
  if (unit !== undefined && Number(value) > 0) {
    const every = Number(value) * UNIT_MINUTES[unit]!
    return minute => minute > start && (minute - start) % every === 0
  }
  const fields = /^cron\(([^)]*)\)$/.exec(expression)?.[1]?.trim().split(/\s+/)
  if (fields?.length !== 6) {
    throw new RangeError(`expected rate(value unit) or cron with six fields, got "${expression}"`)
  }
  // The scheduler refuses anything else. Without this rule cron would fire when either field matches.
  if ((fields[2] === '?') === (fields[4] === '?')) {
    throw new RangeError(`expected "?" as day-of-month or as day-of-week, got "${expression}"`)
  }
  try {
    // Seconds come first. Weekdays count from Sunday = 1, and "0/5" is a range with a step, as in EventBridge.
    const options = { timezone: timeZone, alternativeWeekdays: true, sloppyRanges: true }
    const cron = new Cron(`0 ${fields.join(' ')}`, options)
    // The time zone is first used here: an unknown one is reported at the start.
    cron.match(new Date(start * MINUTE_MS))
    return minute => cron.match(new Date(minute * MINUTE_MS))
  } catch (cause) {
    throw new RangeError(`${expression} in ${timeZone}: ${String(cause)}`, { cause })
  }
}
