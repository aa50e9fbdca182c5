/** The options of `npm run cost`. */
import {
  DEFAULT_PACE_MS,
  ENCODINGS,
  FASTEST_PACE_MS,
  MAX_BOARDS_PER_CONNECTION,
  MAX_QUOTES_PER_CONNECTION,
  SLOWEST_PACE_MS,
} from '../../market/protocol.ts'
import { readArguments, UsageError } from '../tool-arguments.ts'
import type { BilledView } from './measured.ts'
import { TICKS } from './reference.ts'
import type { Usage } from './traffic.ts'

const MAX_CONNECTIONS = 1_000_000
/** Ten times the ticks that would fill the shards day and night for an average month. */
const MAX_TICKS = 1e12
const VIEWS: readonly BilledView[] = ['board', 'quote']
const MAX_ISSUES: Readonly<Record<BilledView, number>> = {
  board: MAX_BOARDS_PER_CONNECTION,
  quote: MAX_QUOTES_PER_CONNECTION,
}
const DEFAULTS = {
  connections: 1_000,
  issues: 20,
  ticks: TICKS,
  pace: DEFAULT_PACE_MS,
  view: 'board',
  encoding: 'deflate-1',
} as const satisfies Usage

export const HELP = `What a month of itastream costs on AWS in Tokyo, beside the system it replaces and other services.

Usage: npm run -s cost -- [options]

  --connections N  registered apps connected at the same time, all through the sessions (default ${DEFAULTS.connections})
  --issues N       busy issues that each of them holds, 0 to ${MAX_ISSUES.board}; in view quote to ${MAX_ISSUES.quote}
                   (default ${DEFAULTS.issues})
  --ticks N        ticks of the whole market in a month (default ${DEFAULTS.ticks}: what makes
                   1 TB as one item of 1 KB a tick)
  --pace MS        shortest time between two posts to an app, ${FASTEST_PACE_MS} to ${SLOWEST_PACE_MS} (default ${DEFAULTS.pace})
  --view VIEW      board: all levels and trades; quote: prices without trades (default ${DEFAULTS.view})
  --encoding NAME  deflate-1: compressed updates, which the client library requests; json (default ${DEFAULTS.encoding})
  --json           one line of JSON; together: dollars a month, perApp: together divided by the apps,
                   prod: what the stage prod costs in addition, standby: the part of the second task of each line
  --prices         the prices, with their sources
  --help           this text

docs/cost.md says how the figures come about, and what is not in them.
`

export type Asked = { readonly usage: Usage; readonly json: boolean } | 'prices' | 'help'

/** Reads the command line. @throws UsageError that lists every problem. */
export function parseOptions(args: readonly string[]): Asked {
  const { values } = readArguments({
    args: [...args],
    options: {
      connections: { type: 'string' },
      issues: { type: 'string' },
      ticks: { type: 'string' },
      pace: { type: 'string' },
      view: { type: 'string', default: DEFAULTS.view },
      encoding: { type: 'string', default: DEFAULTS.encoding },
      json: { type: 'boolean', default: false },
      prices: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return 'help'
  if (values.prices) return 'prices'
  const problems: string[] = []
  const number = (name: 'connections' | 'issues' | 'ticks' | 'pace', least: number, most: number): number => {
    const text = values[name]
    if (text === undefined) return DEFAULTS[name]
    const value = Number(text)
    if (text.trim() === '' || !Number.isInteger(value) || value < least || value > most) {
      problems.push(`--${name}: expected a whole number from ${least} to ${most}, got "${text}"`)
    }
    return value
  }
  const view = VIEWS.find(name => name === values.view)
  if (view === undefined) problems.push(`--view: expected ${VIEWS.join(' or ')}, got "${values.view}"`)
  const encoding = ENCODINGS.find(name => name === values.encoding)
  if (encoding === undefined)
    problems.push(`--encoding: expected ${ENCODINGS.join(' or ')}, got "${values.encoding}"`)
  const usage: Usage = {
    connections: number('connections', 0, MAX_CONNECTIONS),
    issues: number('issues', 0, MAX_ISSUES[view ?? DEFAULTS.view]),
    ticks: number('ticks', 0, MAX_TICKS),
    pace: number('pace', FASTEST_PACE_MS, SLOWEST_PACE_MS),
    view: view ?? DEFAULTS.view,
    encoding: encoding ?? DEFAULTS.encoding,
  }
  if (problems.length > 0) throw new UsageError(problems.join('\n'))
  return { usage, json: values.json }
}
