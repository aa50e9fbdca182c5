/** `npm run mutate`: changes lines of the product at random, one at a time, and lists changes that no test notices. */
import { setPriority } from 'node:os'
import { join } from 'node:path'
import { readArguments, UsageError } from '../tool-arguments.ts'
import { mutate } from './mutate-run.ts'

const HELP = `Mutates the product: changes one operator, constant, condition, call or returned value at a time, and
runs the nearby tests until the first failure. A change that no test notices needs a test, or is equivalent.

Usage: npm run mutate [-- [PLACE...] [--seed N] [--count N] [--json]]

  PLACE      a folder, a file, or a line (market/clock.ts:33) of the product; all mutations of a line are tried
  --seed N   draw the mutations from this seed; default 1
  --count N  number of mutations; default 50
  --json     print a line of JSON at the end: {"name":"mutate","figures":{…}}
  --help     print this text

The tests of a mutation are the test files whose imports reach the changed file, nearest first: at most ten files, none
started after 60 seconds, each at most 60 seconds. A test that does not end has noticed. A test that fails without the
mutation is left out. Type errors are counted as noticed, and also apart: byTypes.
The run works on a copy of the tree in a temporary folder, with low priority. Control-C ends it with the figures so far.
Exit code: 0, also if mutations survive; 2 for bad options.
`

const PROJECTS = ['tsconfig.json', 'client/tsconfig.json']
/** Lower than that of the work that a developer waits for. */
const PRIORITY = 15
const MOST = 99_999

function numberOf(option: string, text: string): number {
  if (!/^[1-9]\d{0,4}$/.test(text)) {
    throw new UsageError(`--${option}: expected a number from 1 to ${MOST}, got "${text}"`)
  }
  return Number(text)
}

async function main(): Promise<void> {
  const { values, positionals } = readArguments({
    allowPositionals: true,
    options: {
      seed: { type: 'string', default: '1' },
      count: { type: 'string', default: '50' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(HELP)
    return
  }
  setPriority(PRIORITY)
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stop.abort())
  const figures = await mutate({
    root: join(import.meta.dirname, '../..'),
    projects: PROJECTS,
    seed: numberOf('seed', values.seed),
    count: numberOf('count', values.count),
    places: positionals,
    stop: stop.signal,
    print: text => process.stdout.write(text),
  })
  if (values.json) process.stdout.write(`${JSON.stringify({ name: 'mutate', figures })}\n`)
}

try {
  await main()
} catch (error) {
  const isUsage = error instanceof UsageError
  console.error(isUsage ? `mutate: ${error.message}` : error)
  process.exitCode = isUsage ? 2 : 1
}
