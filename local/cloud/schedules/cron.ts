/** Schedule expressions of EventBridge Scheduler, to the minute. */

/** The fields of a minute on the wall clock of a time zone. */
interface WallMinute {
  readonly minute: number
  readonly hour: number
  readonly day: number
  readonly month: number
  /** 1 = Sunday, as in the expressions. */
  readonly weekday: number
  readonly year: number
}

/** Whether a schedule fires in the minute that begins at `minute` (epoch minutes). */
export type Fires = (minute: number) => boolean

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']
const RATE_MINUTES: Readonly<Record<string, number>> = { minute: 1, hour: 60, day: 1440 }

/**
 * Reads `cron(minutes hours day-of-month month day-of-week year)` or `rate(n unit)`.
 * @param start epoch minute that a rate counts from.
 * @throws RangeError naming what cannot be read.
 */
export function readExpression(expression: string, timeZone: string, start: number): Fires {
  const rate = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression)
  if (rate !== null) {
    const every = Number(rate[1]) * RATE_MINUTES[rate[2]!]!
    if (every > 0) return minute => minute > start && (minute - start) % every === 0
  }
  const fields = /^cron\(([^)]*)\)$/.exec(expression)?.[1]?.trim().split(/\s+/)
  if (fields?.length !== 6) {
    throw new RangeError(`expected rate(n unit) or cron with six fields, got "${expression}"`)
  }
  const [minutes, hours, days, months, weekdays, years] = fields as [
    string,
    string,
    string,
    string,
    string,
    string,
  ]
  const tests = [
    fieldTest(minutes, 0, 59, w => w.minute),
    fieldTest(hours, 0, 23, w => w.hour),
    fieldTest(days, 1, 31, w => w.day),
    fieldTest(months, 1, 12, w => w.month, MONTHS),
    fieldTest(weekdays, 1, 7, w => w.weekday, WEEKDAYS),
    fieldTest(years, 1970, 2199, w => w.year),
  ]
  const wall = wallClock(timeZone)
  return minute => {
    const at = wall(minute)
    return tests.every(test => test(at))
  }
}

function fieldTest(
  text: string,
  first: number,
  last: number,
  fieldOf: (at: WallMinute) => number,
  names: readonly string[] = [],
): (at: WallMinute) => boolean {
  if (text === '*' || text === '?') return () => true
  const number = (part: string): number => {
    const named = names.indexOf(part.toUpperCase())
    const value = named === -1 ? Number(part) : named + first
    if (!(Number.isInteger(value) && value >= first && value <= last)) {
      throw new RangeError(`cron: expected a value from ${first} to ${last}, got "${part}"`)
    }
    return value
  }
  const allowed = new Set<number>()
  for (const part of text.split(',')) {
    const [range = '', step] = part.split('/')
    const [from, to] = range === '*' ? [String(first), String(last)] : range.split('-')
    const start = number(from!)
    // A step without an end runs to the end of the field.
    const end = to !== undefined ? number(to) : step !== undefined ? last : start
    const by = step === undefined ? 1 : Number(step)
    if (!(by >= 1)) throw new RangeError(`cron: expected a step of at least 1, got "${part}"`)
    for (let value = start; value <= end; value += by) allowed.add(value)
  }
  return at => allowed.has(fieldOf(at))
}

function wallClock(timeZone: string): (minute: number) => WallMinute {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    weekday: 'short',
  })
  return minute => {
    const parts = new Map(format.formatToParts(minute * 60_000).map(({ type, value }) => [type, value]))
    const number = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.get(type))
    return {
      minute: number('minute'),
      hour: number('hour'),
      day: number('day'),
      month: number('month'),
      year: number('year'),
      weekday: WEEKDAYS.indexOf(parts.get('weekday')!.toUpperCase()) + 1,
    }
  }
}
