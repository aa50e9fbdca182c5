/** The options of `npm run calendar`. */
import { readFileSync } from 'node:fs'
import type { CalendarException } from '../../market/calendar/exceptions.ts'
import { checkExceptions, ExceptionsError } from '../../market/calendar/exceptions-text.ts'
import { readWhere, type Where } from '../ops/where.ts'
import { readArguments, UsageError } from '../tool-arguments.ts'

/** Years whose trading hours and holidays the rules have. */
export const YEARS = [2015, 2050] as const

export const HELP = `Shows the calendar of the Tokyo exchange: phases, holidays and exceptions.

Usage: npm run -s calendar -- [MONTH | YEAR] [options]

  MONTH              a month, such as 2026-12, with every date (default: this month)
  YEAR               a year at a glance, such as 2026; from ${YEARS[0]} to ${YEARS[1]}
  --exceptions FILE  adds the exceptions of a JSON file; docs/operations.md describes it
  --stack NAME       adds the exceptions of a stack on AWS, with the credentials and the region of the AWS SDK
  --system FILE      adds the exceptions of a system on this machine: npm start writes .build/systems/PROCESS.json
  --json             one object a date and line:
                     {"date":"2026-12-01","open":true,"opens":"…","closes":"…","phases":[{"phase":"closed","from":"…"},…]}
  --help             this text

All times are of Tokyo. Without these options the rules alone count; a running system may have exceptions.
Exit code: 0; 2 if the options or the exceptions cannot be used, or if the system cannot be reached.
`

export interface CalendarOptions {
  readonly year: number
  /** Undefined: the whole year. */
  readonly month: number | undefined
  /** Of a file. */
  readonly exceptions: readonly CalendarException[]
  /** The running system whose exceptions count. Undefined: none. */
  readonly where: Exclude<Where, 'newest'> | undefined
  readonly json: boolean
}

/**
 * Reads the command line.
 * @param today `YYYY-MM-DD` in Tokyo.
 * @throws UsageError that lists every problem.
 */
export function parseOptions(args: readonly string[], today: string): CalendarOptions | 'help' {
  const { values, positionals } = readArguments({
    args: [...args],
    allowPositionals: true,
    options: {
      exceptions: { type: 'string' },
      stack: { type: 'string' },
      system: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return 'help'
  const [text = today.slice(0, 7), ...others] = positionals
  const [, year, month] = /^(\d{4})(?:-(0[1-9]|1[0-2]))?$/.exec(text) ?? []
  const [first, last] = YEARS
  const isMonth = year !== undefined && Number(year) >= first && Number(year) <= last
  const problems = [
    ...(isMonth ? [] : [`expected a month YYYY-MM or a year from ${first} to ${last}, got "${text}"`]),
    ...(others.length === 0 ? [] : [`expected one month or year, got ${positionals.length}`]),
  ]
  const where = readWhere(values)
  if (where !== 'newest' && values.exceptions !== undefined)
    problems.push('expected the exceptions of a file or of a system, got --exceptions and a system')
  if (problems.length > 0) throw new UsageError(problems.join('\n'))
  return {
    year: Number(year),
    month: month === undefined ? undefined : Number(month),
    exceptions: values.exceptions === undefined ? [] : readExceptions(values.exceptions),
    where: where === 'newest' ? undefined : where,
    json: values.json,
  }
}

/** @throws UsageError that lists every problem of the file. */
function readExceptions(file: string): readonly CalendarException[] {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new UsageError(`--exceptions: ${(error as Error).message}`, { cause: error })
  }
  try {
    const { exceptions, problems, conflicts } = checkExceptions(text)
    const all = [...problems, ...conflicts]
    if (all.length > 0) throw new ExceptionsError(all)
    return exceptions
  } catch (error) {
    if (!(error instanceof ExceptionsError)) throw error
    throw new UsageError(`--exceptions ${file}: ${error.message}`, { cause: error })
  }
}
