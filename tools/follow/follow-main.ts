/** `npm run follow`: prints boards in real time, as an app with an access token gets them. */
import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from '../../client/itastream.ts'
import { readArguments, UsageError } from '../tool-arguments.ts'

/** The variable with the token. Arguments are in the list of processes and in the history of the shell. */
const TOKEN_VARIABLE = 'ITASTREAM_TOKEN'
const MOST_SECONDS = 7_200
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/

const HELP = `Prints the boards of issues in real time, a line of JSON for each change, as an app gets them.

Usage: ${TOKEN_VARIABLE}=… npm run -s follow -- --url URL ISSUE…

  --url URL      the WebSocket address: the output WebSocketUrl, wss://…/live. ws:// on this machine alone
  --seconds S    ends after S seconds. Default: 10
  --help         this text

The access token is read from the environment variable ${TOKEN_VARIABLE}. Connections and refusals are on standard error.
Exit code: 0; 1 if an issue had no board; 2 for a bad command line.
`

interface FollowOptions {
  readonly url: string
  readonly token: string
  readonly issues: readonly string[]
  readonly seconds: number
}

function parse(args: readonly string[], token: string | undefined): FollowOptions | 'help' {
  const { values, positionals } = readArguments({
    args: [...args],
    allowPositionals: true,
    options: {
      url: { type: 'string' },
      seconds: { type: 'string', default: '10' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return 'help'
  const { url = '', seconds } = values
  if (url === '') throw new UsageError('--url is missing')
  checkAddress(url)
  if (!/^\d+$/.test(seconds) || Number(seconds) < 1 || Number(seconds) > MOST_SECONDS)
    throw new UsageError(`--seconds: expected a whole number from 1 to ${MOST_SECONDS}, got "${seconds}"`)
  if (positionals.length === 0) throw new UsageError('expected an issue such as 7203, got none')
  if (token === undefined || token === '')
    throw new UsageError(`${TOKEN_VARIABLE} is missing in the environment`)
  return { url, token, issues: positionals, seconds: Number(seconds) }
}

/** @throws UsageError for an address to which a token would go without TLS, except on this machine. */
function checkAddress(text: string): void {
  const { protocol, hostname } = URL.parse(text) ?? {}
  if (protocol === 'wss:' || (protocol === 'ws:' && LOOPBACK.test(hostname ?? ''))) return
  throw new UsageError(`--url: expected wss://…, or ws:// on this machine, got "${text}"`)
}

/** Prints boards for some seconds. Returns the issues without a board. */
async function follow({ url, token, issues, seconds }: FollowOptions): Promise<string[]> {
  const seen = new Set<string>()
  const ended = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ended.abort())
  const client = connect({ url, token: async () => token })
  client.on('state', ({ state, reason }) => console.error(`${state}: ${reason}`))
  client.on('error', ({ code, message }) => console.error(`${code}: ${message}`))
  try {
    for (const issue of issues)
      client.subscribe(issue, ({ board }) => {
        seen.add(issue)
        process.stdout.write(`${JSON.stringify(board)}\n`)
      })
    await sleep(seconds * 1_000, undefined, { signal: ended.signal }).catch(() => {})
  } catch (error) {
    // A text that is no issue code, or too many issues.
    if (error instanceof RangeError) throw new UsageError(error.message, { cause: error })
    throw error
  } finally {
    client.close()
  }
  return issues.filter(issue => !seen.has(issue))
}

try {
  const options = parse(process.argv.slice(2), process.env[TOKEN_VARIABLE])
  if (options === 'help') process.stdout.write(HELP)
  else {
    const without = await follow(options)
    if (without.length > 0) {
      console.error(`follow: no board of ${without.join(', ')}`)
      process.exitCode = 1
    }
  }
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  console.error(`follow: ${error.message}. See npm run -s follow -- --help.`)
  process.exitCode = 2
}
