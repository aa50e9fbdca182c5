/**
 * Measures 10,000 apps from the opening on, within the quota of one account: whether every trade arrives once, how long apps
 * wait for their posts, and what the posts cost in bytes and CPU time.
 */
import { POSTS_PER_SECOND, ROOM_COUNT } from '../cdk/sizing.ts'
import { DEFAULT_PACE_MS, type Encoding } from '../market/protocol.ts'
import type { Millis } from '../market/units.ts'
import type { View } from '../market/view.ts'
import { figure, times } from '../tools/table.ts'
import { type Benchmark, percentile } from './benchmark.ts'
import { createApps } from './fanout/fanout-apps.ts'
import { type FanoutMarket, OPENING_ROUND, playMarket, SETTLED_ROUND } from './fanout/fanout-market.ts'
import { playRoom } from './fanout/room-rounds.ts'
import { playVirtually, type VirtualResult } from './fanout/virtual-rounds.ts'
import type { OpeningOptions } from './opening.ts'

const APPS = 10_000
const ISSUES = 20
/** Apps hold issues of so many busiest ones. */
const BUSY = 200
const PACE_MS = 1_000
/** Apps whose boards and trades are checked with the code of the client. */
const CHECKED = 40
const OPENING: OpeningOptions = { ticksPerSecond: 30_000, seconds: 5 }
/** The mean rate of a month of 977 million ticks, for the bytes of the bill. */
const MEAN: OpeningOptions = { ticksPerSecond: 2_450, seconds: 15 }
const BILLED_APPS = 50

export const fanout: Benchmark = {
  name: 'fanout',
  about: `${figure(APPS)} apps of ${ISSUES} busy issues within the quota of an account; some minutes`,
  async run() {
    const market = playMarket(OPENING)
    const from = market.busiest.slice(0, BUSY)
    const crowd = { issues: ISSUES, from, view: 'board', pace: PACE_MS, encoding: 'json' } as const
    const whole = await playVirtually({
      market,
      apps: createApps({ ...crowd, count: APPS, rooms: ROOM_COUNT }),
      rooms: ROOM_COUNT,
      postsPerSecond: POSTS_PER_SECOND,
      countFrom: OPENING_ROUND,
      checked: CHECKED,
    })
    const room = await playRoom({
      market,
      apps: createApps({ ...crowd, count: APPS / ROOM_COUNT, rooms: 1 }),
      postsPerSecond: POSTS_PER_SECOND / ROOM_COUNT,
      share: 1 / ROOM_COUNT,
      checked: CHECKED,
    })
    const calm = playMarket(MEAN)
    const atDefault = await billed(calm, DEFAULT_PACE_MS)
    const atSecond = await billed(calm, PACE_MS)
    const { deliveries, seconds } = whole
    const broadcastCores = whole.broadcastCpu / seconds
    // By post: a busy machine makes fewer posts in real time.
    const pushCores = (room.pushCpu / room.posts) * (whole.posts / seconds)
    const figures: Figures = {
      tradesDelivered: deliveries.delivered / deliveries.trades,
      tradesRepeated: deliveries.repeated,
      refused: whole.refused,
      roomRefused: room.refused,
      lastPostAgeP99Ms: percentile(whole.intervals, 0.99),
      lastPostAgeMaxMs: percentile(whole.intervals, 1),
      roomLastPostAgeP99Ms: percentile(room.intervals, 0.99),
      bytesPerAppSecond: whole.bytes / APPS / seconds,
      postsPerSecond: whole.posts / seconds,
      roomPostsPerSecond: room.posts / room.seconds,
      lambdaCores: broadcastCores + pushCores,
      broadcastCores,
      pushCores,
      postsSaved: 1 - whole.posts / whole.updates,
      quoteBytesRatio: await quoteRatio(market, 'json'),
      deflatedQuoteBytesRatio: await quoteRatio(market, 'deflate-1'),
      billedBytesPerAppSecond: atDefault.json,
      billedBytesPerAppSecondAt1s: atSecond.json,
      deflatedBytesPerAppSecond: atDefault.deflated,
      deflatedBytesPerAppSecondAt1s: atSecond.deflated,
      deflateMicrosAPost: atDefault.microsAPost,
      deflateMicrosAPostAt1s: atSecond.microsAPost,
    }
    return { table: tableOf(figures), notes: NOTES, figures }
  },
}

/** Returns how many times the bytes of the view quote an app with the view board gets. */
async function quoteRatio(market: FanoutMarket, encoding: Encoding): Promise<number> {
  const board = await watchlist(market, 'board', encoding)
  const quote = await watchlist(market, 'quote', encoding)
  return board.bytes / quote.bytes
}

/** Plays one app that holds the busiest issues. */
function watchlist(market: FanoutMarket, view: View, encoding: Encoding): Promise<VirtualResult> {
  const from = market.busiest.slice(0, BUSY)
  return playVirtually({
    market,
    apps: createApps({ count: 1, issues: BUSY, from, view, pace: PACE_MS, rooms: 1, encoding }),
    rooms: 1,
    postsPerSecond: POSTS_PER_SECOND,
    countFrom: OPENING_ROUND,
    checked: 1,
  })
}

/** Bytes a second of an app, and µs of CPU time to compress a post. */
interface Billed {
  readonly json: number
  readonly deflated: number
  readonly microsAPost: number
}

/** Measures an app of the bill (tools/cost): it holds the busiest issues at the mean rate of a day. */
async function billed(market: FanoutMarket, pace: Millis): Promise<Billed> {
  const from = market.busiest.slice(0, ISSUES)
  const play = (encoding: Encoding): Promise<VirtualResult> =>
    playVirtually({
      market,
      apps: createApps({ count: BILLED_APPS, issues: ISSUES, from, view: 'board', pace, rooms: 1, encoding }),
      rooms: 1,
      postsPerSecond: POSTS_PER_SECOND,
      countFrom: SETTLED_ROUND,
      checked: 1,
    })
  const bytesOf = ({ bytes, seconds }: VirtualResult): number => bytes / BILLED_APPS / seconds
  const deflated = await play('deflate-1')
  return {
    json: bytesOf(await play('json')),
    deflated: bytesOf(deflated),
    microsAPost: deflated.deflating / deflated.posts,
  }
}

type Figures = Readonly<
  Record<
    | 'tradesDelivered'
    | 'tradesRepeated'
    | 'refused'
    | 'roomRefused'
    | 'lastPostAgeP99Ms'
    | 'lastPostAgeMaxMs'
    | 'roomLastPostAgeP99Ms'
    | 'bytesPerAppSecond'
    | 'postsPerSecond'
    | 'roomPostsPerSecond'
    | 'lambdaCores'
    | 'broadcastCores'
    | 'pushCores'
    | 'postsSaved'
    | 'quoteBytesRatio'
    | 'deflatedQuoteBytesRatio'
    | 'billedBytesPerAppSecond'
    | 'billedBytesPerAppSecondAt1s'
    | 'deflatedBytesPerAppSecond'
    | 'deflatedBytesPerAppSecondAt1s'
    | 'deflateMicrosAPost'
    | 'deflateMicrosAPostAt1s',
    number
  >
>

const VIRTUAL = 'virtual time, all apps'
const REAL = 'real time, one room'
const CALM = `virtual time, ${figure(MEAN.ticksPerSecond)} ticks/s`

function tableOf(figures: Figures): readonly (readonly string[])[] {
  const percent = (share: number): string => `${figure(share * 100, 1)}%`
  return [
    ['', 'measured in', ''],
    ['trades delivered', VIRTUAL, percent(figures.tradesDelivered)],
    ['trades that arrived again', VIRTUAL, figure(figures.tradesRepeated)],
    ['posts refused by the quota', VIRTUAL, figure(figures.refused)],
    ['the same', REAL, figure(figures.roomRefused)],
    ['time between posts to an app, p99', VIRTUAL, `${figure(figures.lastPostAgeP99Ms)} ms`],
    ['the longest', VIRTUAL, `${figure(figures.lastPostAgeMaxMs)} ms`],
    ['p99', REAL, `${figure(figures.roomLastPostAgeP99Ms)} ms`],
    ['bytes an app and second', VIRTUAL, figure(figures.bytesPerAppSecond)],
    ['posts a second', VIRTUAL, figure(figures.postsPerSecond)],
    ['the same', REAL, figure(figures.roomPostsPerSecond)],
    ['CPU of broadcast', `${VIRTUAL}; CPU time is real`, `${figure(figures.broadcastCores, 2)} cores`],
    ['CPU of push-room, all rooms', `${REAL}, by post`, `${figure(figures.pushCores, 2)} cores`],
    ['posts saved, against one post an update', VIRTUAL, percent(figures.postsSaved)],
    [
      `bytes of ${BUSY} issues, view board against quote`,
      'virtual time, one app',
      times(figures.quoteBytesRatio),
    ],
    ['the same, compressed', 'virtual time, one app', times(figures.deflatedQuoteBytesRatio)],
    [
      `bytes an app and second, the ${ISSUES} busiest issues, pace ${DEFAULT_PACE_MS} ms`,
      CALM,
      figure(figures.billedBytesPerAppSecond),
    ],
    ['the same, compressed', CALM, figure(figures.deflatedBytesPerAppSecond)],
    ['pace 1 s', CALM, figure(figures.billedBytesPerAppSecondAt1s)],
    ['pace 1 s, compressed', CALM, figure(figures.deflatedBytesPerAppSecondAt1s)],
    ['CPU to compress a post', CALM, `${figure(figures.deflateMicrosAPost)} µs`],
    ['CPU to compress a post, pace 1 s', CALM, `${figure(figures.deflateMicrosAPostAt1s)} µs`],
  ]
}

const NOTES: readonly string[] = [
  `${figure(APPS)} apps of ${ISSUES} issues, drawn from the ${BUSY} busiest of 4,400, at a pace of ${figure(PACE_MS)} ms; ` +
    `${figure(OPENING.ticksPerSecond)} ticks/s, from the opening on.`,
  `Virtual time: the rounds of broadcast with real tables, and a gateway in memory with the quota of an account. Every ` +
    `update of every app is accounted for; ${CHECKED} apps are checked with the code of the client.`,
  `Real time: one room with its share of the quota, posts over HTTP to a process of its own.`,
]
