/** Ticks and trades of a range, by pages. */

import { lostQuantity } from '../market/bars.ts'
import type { BoardJson, TradeJson } from '../market/board-json.ts'
import { boardToJson, tradeToJson } from '../market/board-to-json.ts'
import { isoTime } from '../market/moment.ts'
import type { TickPlace } from '../market/tick.ts'
import { type Step, stepsBetween } from '../tables/ticks/read-ticks.ts'
import { readCursor, writeCursor } from './cursor.ts'
import { checkKnown } from './listed-issues.ts'
import { hasTicks, type PriceSource, type Stamp, stampOf } from './price-source.ts'
import { type RangeText, visibleRange } from './range.ts'

export interface PageRequest extends RangeText {
  readonly issue: string
  /** Entries at most. */
  readonly limit: number
  /** The `next` of the page before. */
  readonly after: string | undefined
}

export type TickJson = BoardJson & {
  readonly trade?: TradeJson
  /** Messages of the issue just before this one are lost for good. */
  readonly lost?: true
}

/** A trade, or what is known of those that are lost, or both. */
export type TradeEntryJson = Pick<TradeJson, 'time' | 'sequence'> &
  Partial<TradeJson> & {
    readonly lost?: true
    /** Shares traded in the messages that are lost before this one. */
    readonly lostQuantity?: number
  }

/** Ticks that one page of trades is looked for in: an issue that is quoted all day and never traded is cheap too. */
const TICKS_PER_PAGE = 20_000

/** Up to `limit` ticks; `next` continues after them. */
export async function ticksOf(
  source: PriceSource,
  request: PageRequest,
): Promise<{ stamp: Stamp; data: { ticks: TickJson[]; next?: string } }> {
  const { stamp, entries, next } = await page(source, request, request.limit, ({ tick }) => ({
    ...boardToJson(tick),
    ...(tick.trade === undefined ? {} : { trade: tradeToJson(tick, tick.trade) }),
    ...(tick.lost ? { lost: true as const } : {}),
  }))
  return { stamp, data: { ticks: entries, ...next } }
}

/** Up to `limit` trades; `next` continues after them, and may be there with fewer, even with none. */
export async function tradesOf(
  source: PriceSource,
  request: PageRequest,
): Promise<{ stamp: Stamp; data: { trades: TradeEntryJson[]; next?: string } }> {
  const { stamp, entries, next } = await page(source, request, TICKS_PER_PAGE, tradeEntry)
  return { stamp, data: { trades: entries, ...next } }
}

function tradeEntry({ tick, before }: Step): TradeEntryJson | undefined {
  const { trade, lost } = tick
  if (trade === undefined && !lost) return undefined
  const quantity = lostQuantity(tick, before)
  return {
    ...(trade === undefined
      ? { time: isoTime(tick.tradingDate, tick.time), sequence: tick.sequence }
      : tradeToJson(tick, trade)),
    ...(lost ? { lost } : {}),
    ...(quantity > 0 ? { lostQuantity: quantity } : {}),
  }
}

/** @param most ticks that are looked at. */
async function page<T>(
  source: PriceSource,
  { issue, limit, after, ...range }: PageRequest,
  most: number,
  entryOf: (step: Step) => T | undefined,
): Promise<{ stamp: Stamp; entries: T[]; next: { next?: string } }> {
  const { date, from, until, asOf } = visibleRange(source, range)
  const stamp = stampOf(source, asOf)
  const first: TickPlace = { time: from, sequence: 0 }
  const behind = after === undefined ? first : readCursor(after, issue, date)
  const start = behind.time < from ? first : behind
  // Of a date that is going, some ticks have gone before the others.
  const end = hasTicks(source, date) ? until : -1
  const entries: T[] = []
  let seen = 0
  let last: TickPlace = start
  for await (const step of stepsBetween(source.ticks, issue, date, start, end)) {
    if (entries.length === limit || seen === most) {
      return { stamp, entries, next: { next: writeCursor(issue, date, last) } }
    }
    last = step.tick
    seen++
    const entry = entryOf(step)
    if (entry !== undefined) entries.push(entry)
  }
  if (seen === 0) await checkKnown(source, issue, { date, until })
  return { stamp, entries, next: {} }
}
