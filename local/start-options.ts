/** The options of `npm start`. */

import type { AccountQuotas } from '@itastream/local-cloud/account-quotas'
import type { DayMicros, TradingDate } from '../market/units.ts'
import { readQuotas } from './quota-option.ts'
import {
  OptionsError,
  PORT_COUNT,
  readNumber,
  readPort,
  readSpeed,
  readTimeOfDay,
  readTradingDate,
  readValues,
} from './start-arguments.ts'

/** About the number of issues listed in Tokyo, ETFs and REITs included. */
const MAX_ISSUES = 4_400
/** About the peak of the real exchange, at 9:00. */
const MAX_RATE = 30_000
const DEFAULT_RATE = 300
/** Ticks a real second of the default rate, at most. A small machine processes so many all day, and more for some seconds. */
const DEFAULT_REAL_RATE = 5_000

/** From the start of the warm-up, and more, to the time at which everything has stopped, hours in Tokyo. */
const START_HOURS = [7, 20] as const

export interface Options {
  readonly issues: number
  /** Ticks a second of market time, whole market, once live. */
  readonly rate: number
  readonly seed: number
  /** Market seconds in a real second, once live. */
  readonly speed: number
  /** Start of live: a Tokyo time of day (µs), and the trading date if the command line names it. */
  readonly marketTime: { readonly date?: TradingDate; readonly time: DayMicros }
  /** First of {@link PORT_COUNT} ports. */
  readonly port: number
  /** Folder for tables, archive and logs. Without it, tables and archive end with the run, and there are no logs. */
  readonly data?: string
  /** Quotas of the account. Without them, those of AWS hold. */
  readonly quotas?: AccountQuotas
}

export const HELP = `itastream: the order boards (板) of a synthetic Tokyo market, from the exchange's socket to your browser.

Usage: npm start -- [options]

  --issues N        listed issues, 3 to ${MAX_ISSUES} (default 50)
  --rate N          ticks a market second of all issues in a calm hour, 1 to ${MAX_RATE} (default ${DEFAULT_RATE}; at a
                    speed above 16 so many that ${DEFAULT_REAL_RATE} come in a real second)
  --seed N          each seed gives a different market, the same one in every run (default 1)
  --speed N         market seconds in a real second, 0.1 to 60 (default 1)
  --market-time T   start of live in Tokyo time: 09:30, 12:31:00, or with a trading date
                    2026-11-20T09:30, from 07:00 to 20:00 (default 09:30 of the latest trading
                    date). The half hour before it is replayed fast, but nothing before 08:00, so
                    that delayed prices exist at once. Stored ticks and bars start with that half
                    hour.
  --port N          first of four ports: page, WebSocket, REST, sign-in (default 8080)
  --data FOLDER     keep tables, archive and logs of this run in FOLDER, which must be new or empty
                    (default: tables and archive are removed at the end, no logs)
  --quota Q         a smaller AWS account, so that this machine reaches its quotas: a share of all
                    quotas, 0.01 to 1, or single quotas, for example requests=200,connects=10.
                    requests (default 10000) and connects (500) count API Gateway requests and new
                    connections a second, writes (4000) and reads (12000) units a second of a table,
                    concurrency (1000) functions at the same time
  --help            show this text

Examples:
  npm start
  npm start -- --issues 500 --rate 1000
  npm start -- --market-time 12:29:30          # watch the afternoon's opening auction (後場寄り)
  npm start -- --market-time 2026-11-20T07:25 --speed 60    # a whole day in ten minutes
  npm start -- --seed 7 --port 9000
  npm start -- --quota 0.01                    # an account with 100 requests/s
`

/**
 * Reads the command line.
 * @returns the options, or `help` for --help.
 * @throws OptionsError with all problems at once.
 */
export function parseOptions(args: readonly string[]): Options | 'help' {
  const values = readValues({
    args: [...args],
    options: {
      issues: { type: 'string', default: '50' },
      rate: { type: 'string' },
      seed: { type: 'string', default: '1' },
      speed: { type: 'string', default: '1' },
      'market-time': { type: 'string', default: '09:30' },
      port: { type: 'string', default: '8080' },
      data: { type: 'string' },
      quota: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return 'help'
  const problems: string[] = []
  const speed = readSpeed(values.speed, problems)
  const options: Options = {
    issues: readNumber('issues', values.issues, [3, MAX_ISSUES], problems),
    rate:
      values.rate === undefined
        ? Math.min(DEFAULT_RATE, Math.floor(DEFAULT_REAL_RATE / speed))
        : readNumber('rate', values.rate, [1, MAX_RATE], problems),
    seed: readNumber('seed', values.seed, [0, 2 ** 32 - 1], problems),
    speed,
    port: readPort(values.port, problems),
    marketTime: parseMarketTime(values['market-time'], problems),
    ...(values.data === undefined ? {} : { data: values.data }),
    ...(values.quota === undefined ? {} : { quotas: readQuotas(values.quota, problems) }),
  }
  if (problems.length > 0) throw new OptionsError(problems.join('\n'))
  return options
}

function parseMarketTime(text: string, problems: string[]): Options['marketTime'] {
  const [, day, clock = ''] = /^(?:(\d{4}-\d{2}-\d{2})T)?(.*)$/.exec(text) ?? []
  const time = readTimeOfDay(clock, START_HOURS)
  if (time === undefined) {
    problems.push(
      `--market-time: expected HH:MM, HH:MM:SS or YYYY-MM-DDTHH:MM from 07:00 to 20:00 Tokyo time, got "${text}"`,
    )
  }
  const date = day === undefined ? undefined : readTradingDate(day)
  if (day !== undefined && date === undefined) {
    problems.push(`--market-time: expected a date on which the Tokyo exchange trades, got "${day}"`)
  }
  return { ...(date === undefined ? {} : { date }), time: (time ?? 0) * 1_000_000 }
}
