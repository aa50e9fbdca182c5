/** The options of `npm run cost`. */
import { MAX_BOARDS_PER_CONNECTION } from '../../market/protocol.ts'
import { readArguments, UsageError } from '../tool-arguments.ts'
import { TICKS } from './reference.ts'
import type { Usage } from './traffic.ts'

const MAX_CONNECTIONS = 1_000_000
/** Ten times the ticks that would fill the shards day and night for an average month. */
const MAX_TICKS = 1e12
const DEFAULTS = { connections: 1_000, issues: 20, ticks: TICKS } as const satisfies Usage

export const HELP = `What a month of itastream costs on AWS in Tokyo, beside the system it replaces and other services.

Usage: npm run -s cost -- [options]

  --connections N  registered apps connected at the same time, all through the sessions (default ${DEFAULTS.connections})
  --issues N       busy issues that each of them holds, 0 to ${MAX_BOARDS_PER_CONNECTION} (default ${DEFAULTS.issues})
  --ticks N        ticks of the whole market in a month (default ${DEFAULTS.ticks}: what makes
                   1 TB as one item of 1 KB a tick)
  --prices         the prices, with their sources
  --help           this text

docs/cost.md says how the figures come about, and what is not in them.
`

export type Asked = { readonly usage: Usage } | 'prices' | 'help'

/** Reads the command line. @throws UsageError that lists every problem. */
export function parseOptions(args: readonly string[]): Asked {
  const { values } = readArguments({
    args: [...args],
    options: {
      connections: { type: 'string' },
      issues: { type: 'string' },
      ticks: { type: 'string' },
      prices: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return 'help'
  if (values.prices) return 'prices'
  const problems: string[] = []
  const number = (name: keyof Usage, most: number): number => {
    const text = values[name]
    if (text === undefined) return DEFAULTS[name]
    const value = Number(text)
    if (text.trim() === '' || !Number.isInteger(value) || value < 0 || value > most) {
      problems.push(`--${name}: expected a whole number from 0 to ${most}, got "${text}"`)
    }
    return value
  }
  const usage: Usage = {
    connections: number('connections', MAX_CONNECTIONS),
    issues: number('issues', MAX_BOARDS_PER_CONNECTION),
    ticks: number('ticks', MAX_TICKS),
  }
  if (problems.length > 0) throw new UsageError(problems.join('\n'))
  return { usage }
}
