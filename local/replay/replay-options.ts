/** The command line of `npm run replay`. */

import { asTradingDate, type DayMicros, type TradingDate } from '../../market/units.ts'
import {
  OptionsError,
  PORT_COUNT,
  readPort,
  readSpeed,
  readTimeOfDay,
  readTradingDate,
  readValues,
} from '../start-arguments.ts'

/** The exchange sends messages from order acceptance until some time after the close, hours in Tokyo. */
const EXCHANGE_HOURS = [8, 16] as const

export interface Options {
  /** Trading date of the archived day, YYYYMMDD. */
  readonly date: TradingDate
  /** Folder of the archive. */
  readonly archive: string
  /** Market seconds a real second, from live on. */
  readonly speed: number
  /** µs of the day at which normal speed starts. */
  readonly live: DayMicros
  /** First of {@link PORT_COUNT} ports. */
  readonly port: number
  /** Folder for tables and logs. If absent, tables are kept in memory, and there are no logs. */
  readonly data?: string
}

export const HELP = `Runs the whole local system, as npm start does, on an archived day. Its messages are sent again on the lines.

Usage: npm run replay -- --date YYYY-MM-DD --archive FOLDER [options]

  --date D          the trading date
  --archive FOLDER  the archive: a copy of the bucket, or the --data folder of an npm start that ran until its day was
                    archived
  --time T          Tokyo time at which normal speed starts, HH:MM or HH:MM:SS from 08:00 to 16:00 (default 09:00).
                    Up to half an hour before this time runs fast, so that delayed prices are there at once
  --speed N         market seconds a real second, 0.1 to 60 (default 1)
  --port N          first of ${PORT_COUNT} ports: page, WebSocket, REST, sign-in (default 8080)
  --data FOLDER     keep tables and logs of this run in FOLDER, which must be new or empty (default: in memory)
  --help            print this text

Examples:
  npm run replay -- --date 2026-11-20 --archive ./archive --time 08:59
  npm run replay -- --date 2026-11-20 --archive ./archive --time 12:29:30 --speed 5
`

/**
 * Reads the command line.
 * @returns the options, or `help` if `--help` was given.
 * @throws OptionsError that lists all problems.
 */
export function parseOptions(args: readonly string[]): Options | 'help' {
  const values = readValues({
    args: [...args],
    options: {
      date: { type: 'string' },
      archive: { type: 'string' },
      time: { type: 'string', default: '09:00' },
      speed: { type: 'string', default: '1' },
      port: { type: 'string', default: '8080' },
      data: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return 'help'
  const problems: string[] = []
  const date = values.date === undefined ? undefined : readTradingDate(values.date)
  if (values.date === undefined) problems.push('--date is missing')
  else if (date === undefined) {
    problems.push(`--date: expected YYYY-MM-DD on which the Tokyo exchange trades, got "${values.date}"`)
  }
  const { archive = '' } = values
  if (archive === '') problems.push('--archive is missing')
  const time = readTimeOfDay(values.time, EXCHANGE_HOURS)
  if (time === undefined) {
    problems.push(`--time: expected HH:MM or HH:MM:SS from 08:00 to 16:00 Tokyo time, got "${values.time}"`)
  }
  const options: Options = {
    date: date ?? asTradingDate(0),
    archive,
    live: (time ?? 0) * 1_000_000,
    speed: readSpeed(values.speed, problems),
    port: readPort(values.port, problems),
    ...(values.data === undefined ? {} : { data: values.data }),
  }
  if (problems.length > 0) throw new OptionsError(problems.join('\n'))
  return options
}
