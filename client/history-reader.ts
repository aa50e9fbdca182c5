/**
 * Reads trades that the server of the stream cannot send any more from the REST API. It has them one to three minutes late, so the
 * reader waits until the answer covers the hole. It waits too while the network is away, and while the API has no time for it.
 */
import type { TradeJson } from '../market/board-json.ts'
import { momentFromIso, momentToIso } from '../market/moment.ts'
import type { EpochMicros, Millis } from '../market/units.ts'
import { isPassing, problemOf, requestJson } from './rest-request.ts'
import type { TradePiece } from './trade-day.ts'
import type { Hole } from './trade-tape.ts'

/** Trades a page. The server ends a page at 256 KB, after about 2,000 trades. */
const PAGE_TRADES = 5_000
/** Pages of a hole: more trades than the client keeps meanwhile (20,000). */
const MAX_PAGES = 20
/** Holes that are read at the same time. The others wait: an outage makes a hole in every issue. */
const MAX_READS = 2
/** Requests for the same page, if the API refuses it for a reason that does not pass. */
const MAX_ATTEMPTS = 5

export interface HistoryOptions {
  /** The address of the API, `https://…/v1/realtime`, with or without a slash at its end. */
  readonly address: string
  readonly token: () => Promise<string>
  /** Pause before the API is asked again, ms. Half of it is random. */
  readonly pause: Millis
  /** The longest time for a hole, ms. Time without a connection does not count. */
  readonly limit: Millis
  /** Whether there is a connection. Nothing is requested without one. */
  readonly isOnline: () => boolean
}

/**
 * Returns the trades of a hole; `undefined` if the API cannot give all of them.
 * @param isWanted false once nobody needs the trades any more.
 */
export type ReadHistory = (
  issue: string,
  hole: Hole,
  isWanted: () => boolean,
) => Promise<TradePiece | undefined>

export function createHistoryReader(given: HistoryOptions): ReadHistory {
  const options = { ...given, address: given.address.replace(/\/+$/, '') }
  const queue: (() => void)[] = []
  let reads = 0
  return async (issue, hole, isWanted) => {
    if (reads >= MAX_READS) await new Promise<void>(resolve => queue.push(resolve))
    reads++
    try {
      return await readHole(options, issue, hole, isWanted)
    } finally {
      reads--
      queue.shift()?.()
    }
  }
}

async function readHole(
  options: HistoryOptions,
  issue: string,
  hole: Hole,
  isWanted: () => boolean,
): Promise<TradePiece | undefined> {
  const { after, upTo, end } = hole
  // Without an end the API answers for the latest trading date.
  const to = hole.isPast ? end : undefined
  const isInTime = createTimeLimit(options)
  const trades = new Map<number, TradeJson>()
  let from = after.time ?? momentFromIso(`${after.date}T00:00:00+09:00`)
  let next: string | undefined
  let lost = false
  let failures = 0
  for (let pages = 0; pages < MAX_PAGES && isWanted() && isInTime(); ) {
    const page = options.isOnline() ? await readPage(options, issue, { from, to, after: next }) : 'later'
    if (page === 'refused' && ++failures === MAX_ATTEMPTS) return undefined
    if (page === 'later' || page === 'refused') {
      await pauseOf(options.pause)
      continue
    }
    failures = 0
    for (const entry of page.entries) {
      if (entry.sequence <= after.sequence || entry.sequence > upTo) continue
      if (entry.lost) lost = true
      if (entry.trade !== undefined) trades.set(entry.sequence, entry.trade)
    }
    next = page.next
    const isPast = page.entries.some(({ sequence }) => sequence >= upTo)
    if (isPast || (next === undefined && page.asOf >= end)) {
      const all = [...trades.values()].sort((a, b) => a.sequence - b.sequence)
      const place = { date: after.date, follows: after.sequence, sequence: upTo, time: end }
      return { ...place, trades: all, lost, volume: undefined, source: 'fetched' }
    }
    if (next !== undefined) {
      pages++
      continue
    }
    // All trades up to `asOf` were read.
    from = page.asOf
    await pauseOf(options.pause)
  }
  return undefined
}

/** Returns a function that tells whether less time with a connection has passed than the limit. */
function createTimeLimit({ limit, isOnline }: HistoryOptions): () => boolean {
  let spent: Millis = 0
  let last = performance.now()
  return () => {
    const now = performance.now()
    if (isOnline()) spent += now - last
    last = now
    return spent < limit
  }
}

interface Entry {
  readonly sequence: number
  readonly lost: boolean
  /** `undefined` for a mere place where trades are lost. */
  readonly trade: TradeJson | undefined
}

interface Page {
  readonly asOf: EpochMicros
  readonly entries: readonly Entry[]
  readonly next: string | undefined
}

interface PageRange {
  readonly from: EpochMicros | undefined
  /** `undefined`: the range ends with what is stored. */
  readonly to: EpochMicros | undefined
  /** The `next` of the page before. */
  readonly after: string | undefined
}

/** Returns a page, or whether the same request may get it later. */
async function readPage(
  { address, token }: HistoryOptions,
  issue: string,
  { from, to, after }: PageRange,
): Promise<Page | 'later' | 'refused'> {
  const answer = await requestJson({
    address,
    path: `/trades/${encodeURIComponent(issue)}`,
    parameters: {
      limit: String(PAGE_TRADES),
      ...(from === undefined ? {} : { from: momentToIso(from) }),
      ...(to === undefined ? {} : { to: momentToIso(to) }),
      ...(after === undefined ? {} : { after }),
    },
    token,
  }).catch(() => undefined)
  if (answer === undefined || isPassing(answer.status)) return 'later'
  // The start is later than what is stored.
  if (answer.status === 400 && problemOf(answer.body) === 'bad-range') return 'later'
  return (answer.status === 200 ? pageOf(answer.body) : undefined) ?? 'refused'
}

function pageOf(body: unknown): Page | undefined {
  if (!isObject(body) || typeof body.asOf !== 'string' || !Array.isArray(body.trades)) return undefined
  const asOf = momentFromIso(body.asOf)
  const entries = body.trades.map(entryOf)
  if (asOf === undefined || entries.some(entry => entry === undefined)) return undefined
  return {
    asOf,
    entries: entries.filter(entry => entry !== undefined),
    next: typeof body.next === 'string' ? body.next : undefined,
  }
}

function entryOf(value: unknown): Entry | undefined {
  if (!isObject(value) || typeof value.sequence !== 'number' || typeof value.time !== 'string')
    return undefined
  const { lost, lostQuantity: _, ...trade } = value
  const hasTrade = typeof value.price === 'number' && typeof value.quantity === 'number'
  return {
    sequence: value.sequence,
    lost: lost === true,
    trade: hasTrade ? (trade as unknown as TradeJson) : undefined,
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function pauseOf(pause: Millis): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, pause * (0.5 + Math.random() / 2)))
}
