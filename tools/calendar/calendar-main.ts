/** `npm run calendar`: prints a month or a year of the exchange's calendar. */
import { Calendar } from '../../market/calendar/calendar.ts'
import { calendarDayJson, datesBetween } from '../../market/calendar/calendar-json.ts'
import type { CalendarException } from '../../market/calendar/exceptions.ts'
import { parseExceptions } from '../../market/calendar/exceptions-text.ts'
import { systemClock } from '../../market/clock.ts'
import { momentToIso } from '../../market/moment.ts'
import { asTradingDate } from '../../market/units.ts'
import { readExceptionsText } from '../../tables/control/calendar-item.ts'
import { findTarget, reach, UnreachableError } from '../ops/target.ts'
import type { Where } from '../ops/where.ts'
import { createOutput } from '../output.ts'
import { UsageError } from '../tool-arguments.ts'
import { type CalendarOptions, HELP, parseOptions } from './calendar-options.ts'
import { monthText } from './month-text.ts'
import { yearText } from './year-text.ts'

const today = momentToIso(systemClock.now()).slice(0, 10)

async function print({ year, month, exceptions, where, json }: CalendarOptions): Promise<void> {
  const calendar = new Calendar(where === undefined ? exceptions : await storedExceptions(where))
  const lastDay = new Date(Date.UTC(year, month ?? 12, 0)).getUTCDate()
  const first = asTradingDate(year * 10_000 + (month ?? 1) * 100 + 1)
  const last = asTradingDate(year * 10_000 + (month ?? 12) * 100 + lastDay)
  const days = datesBetween(first, last).map(date => calendarDayJson(calendar, date))
  const output = createOutput(process.stdout)
  if (json) for (const day of days) await output.line(JSON.stringify(day))
  else await output.line((month === undefined ? yearText : monthText)(days, today).trimEnd())
  await output.flush()
}

/** Reads the exceptions of a running system. @throws UsageError, UnreachableError */
async function storedExceptions(where: Where): Promise<readonly CalendarException[]> {
  const target = await findTarget(where)
  try {
    return parseExceptions(await reach('control table', readExceptionsText(target.control))).exceptions
  } finally {
    target.close()
  }
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // The reader of the pipe has closed it, as `head` does.
  if (error.code === 'EPIPE') process.exit()
  console.error(`calendar: ${error.message}.`)
  process.exit(2)
})

try {
  const options = parseOptions(process.argv.slice(2), today)
  if (options === 'help') process.stdout.write(HELP)
  else await print(options)
} catch (error) {
  const isUsage = error instanceof UsageError
  if (!isUsage && !(error instanceof UnreachableError)) throw error
  console.error(`calendar: ${error.message}${isUsage ? '\nSee npm run -s calendar -- --help.' : ''}`)
  process.exitCode = 2
}
