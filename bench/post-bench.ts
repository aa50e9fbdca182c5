/**
 * Measures posts to connections with posts/posts.ts, beside the SDK's PostToConnection with default settings (the
 * baseline) and beside an unsigned request (the upper bound with this HTTP client).
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createMarketLog, type MarketLog } from '../functions/broadcast/market-log.ts'
import { changeText } from '../functions/broadcast/update-text.ts'
import { eachOf } from '../lambda/each-of.ts'
import { below, createRandom } from '../local/exchange/random.ts'
import { LINES } from '../market/lane.ts'
import type { Tick } from '../market/tick.ts'
import { asEpochMillis } from '../market/units.ts'
import { updatesJoiner } from '../posts/join-updates.ts'
import { POSTS_IN_FLIGHT } from '../posts/push.ts'
import { figure, times } from '../tools/table.ts'
import { type Benchmark, ratesOf } from './benchmark.ts'
import { type OpeningOptions, playOpening, SETTLED, TRADING_DATE, tickOf } from './opening.ts'
import { type Post, type PostCounts, postSides, type Side } from './post-sides.ts'

/** A round of one second in a calm hour. */
const INPUT: OpeningOptions = { ticksPerSecond: 3_000, seconds: 1 }
const CONNECTIONS = 10_000
const ISSUES_PER_CONNECTION = 20
const SEED = 1

export const post: Benchmark = {
  name: 'post',
  about: 'posts to connections, beside PostToConnection of the SDK with default settings',
  async run() {
    const posts = makePosts()
    const bytes = posts.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0)
    await using server = await startServer()
    const sides = postSides(`127.0.0.1:${server.port}`)
    const sent: Record<Side, number> = { own: 0, sdk: 0, bare: 0 }
    const sendAll = (side: Side) => ({
      units: posts.length,
      work: () =>
        eachOf(posts, POSTS_IN_FLIGHT, async post => {
          sent[side]++
          await sides[side](post)
        }),
    })
    const rates = await ratesOf({ own: sendAll('own'), sdk: sendAll('sdk'), bare: sendAll('bare') })
    checkCounts(await server.counts(), sent)
    const row = (name: string, rate: number): string[] => [name, figure(rate), times(rate / rates.sdk)]
    return {
      table: [
        ['', 'posts a CPU second', ''],
        row('posts/posts.ts', rates.own),
        row('PostToConnection of the SDK with default settings, the baseline', rates.sdk),
        row('a bare request with undici, not signed: the ceiling', rates.bare),
      ],
      notes: [
        `${figure(posts.length)} connections of ${ISSUES_PER_CONNECTION} issues, ${figure(bytes / posts.length)} bytes a post, ` +
          `${POSTS_IN_FLIGHT} in flight, plain HTTP on this machine; the CPU of the side that posts.`,
        'Every post arrived. The signature of every twentieth is the one of @smithy/signature-v4.',
      ],
      figures: {
        postsPerCpuSecond: rates.own,
        sdkPostsPerCpuSecond: rates.sdk,
        ratio: rates.own / rates.sdk,
        barePostsPerCpuSecond: rates.bare,
        bareRatio: rates.bare / rates.sdk,
      },
    }
  },
}

/** @throws Error if the server did not get each post once, or if a signature is wrong. */
export function checkCounts({ counts, faults }: PostCounts, sent: Readonly<Record<Side, number>>): void {
  if (faults.length > 0) throw new Error(`signature ${faults[0]} (${faults.length} wrong signatures)`)
  for (const side of ['own', 'sdk', 'bare'] as const) {
    const posts = counts[side]?.posts
    if (posts !== sent[side]) throw new Error(`${side}: expected ${sent[side]} posts, got ${posts}`)
    if (side !== 'bare' && !counts[side]?.checked) throw new Error(`${side}: expected checked signatures`)
  }
}

/** Returns one post a connection with the updates of one second, as differences to the boards before it. */
function makePosts(): Post[] {
  // Each board is copied before the next message changes it.
  const ticks = Array.from(playOpening(INPUT), tickOf)
  const log = createMarketLog(() => true)
  takeAll(
    log,
    1,
    ticks.filter(({ time }) => time < SETTLED),
  )
  log.endRound(asEpochMillis(0))
  takeAll(
    log,
    2,
    ticks.filter(({ time }) => time >= SETTLED),
  )
  const updates = log
    .endRound(asEpochMillis(0))
    .flatMap(({ board: { issue } }) => log.updatesSince(issue, 'board', 1, true))
    .map(update => changeText(update, 'board'))
  const join = updatesJoiner({ updates, events: [] })
  const random = createRandom(SEED)
  return Array.from({ length: CONNECTIONS }, () => {
    const indices = new Set<number>()
    while (indices.size < ISSUES_PER_CONNECTION) indices.add(below(random, updates.length))
    const [text] = join([...indices], [])
    // The id has the form of API Gateway's ids.
    const id = Buffer.from(Array.from({ length: 11 }, () => below(random, 256))).toString('base64')
    return { connection: id, text: text! }
  })
}

function takeAll(log: MarketLog, counter: number, ticks: readonly Tick[]): void {
  for (let line = 1; line <= LINES; line++) {
    const header = {
      line,
      lane: 0,
      epoch: asEpochMillis(1),
      counter,
      tradingDate: TRADING_DATE,
      position: 0,
      reached: 0,
    }
    log.take({ kind: 'ticks', ...header, ticks: ticks.filter(tick => tick.line === line) })
  }
}

interface Server extends AsyncDisposable {
  readonly port: number
  counts(): Promise<PostCounts>
}

export async function startServer(): Promise<Server> {
  const child = fork(new URL('post-server.ts', import.meta.url))
  const [port] = (await once(child, 'message')) as [number]
  return {
    port,
    async counts() {
      child.send('counts')
      const [counts] = (await once(child, 'message')) as [PostCounts]
      return counts
    },
    async [Symbol.asyncDispose]() {
      child.disconnect()
      await once(child, 'exit')
    },
  }
}
