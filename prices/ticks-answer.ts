/** Answers ticks and trades of a range, in pages. */

import { lostQuantity } from '../market/bars.ts'
import type { BoardJson, TradeJson } from '../market/board-json.ts'
import { boardToJson, tradeToJson } from '../market/board-to-json.ts'
import { isoTime } from '../market/moment.ts'
import type { TickPlace } from '../market/tick.ts'
import { exactTurnover } from '../market/trade.ts'
import { withoutUndefined } from '../market/without-undefined.ts'
import { AnswerPage } from '../rest/answer-page.ts'
import { type Step, stepsBetween } from '../tables/ticks/read-ticks.ts'
import { readCursor, writeCursor } from './cursor.ts'
import { checkIssueIsKnown, refuseUnknown } from './known-issues.ts'
import { hasTicks, type PriceSource, type Stamp, type Stamped, stampOf } from './price-source.ts'
import { type RangeText, visibleRange } from './range.ts'

export interface PageRequest extends RangeText {
  readonly issue: string
  /** The most entries of the page. */
  readonly limit: number
  /** The `next` of the page before. */
  readonly after: string | undefined
}

export type TickJson = BoardJson & {
  readonly trade?: TradeJson
  /** Messages of the issue before this tick are lost for good. */
  readonly lost?: true
}

/** A trade, or a place where trades are lost, or both. */
export type TradeEntryJson = Pick<TradeJson, 'time' | 'sequence'> &
  Partial<TradeJson> & {
    readonly lost?: true
    /** Shares traded in the lost messages. */
    readonly lostQuantity?: number
  }

/**
 * The most ticks that are read for one page of trades. It bounds the cost of an issue with many quotes and no trade: about
 * 20 ms and 8 read units.
 */
const TICKS_PER_PAGE = 5_000

/** Returns up to `limit` ticks, in up to 256 KB. `next` continues after them. @throws Problem */
export async function ticksOf(
  source: PriceSource,
  request: PageRequest,
): Promise<Stamped<{ ticks: TickJson[]; next?: string }>> {
  const { stamp, entries, next } = await readPage(source, request, request.limit, step => ({
    ...boardToJson(step.tick),
    ...withoutUndefined({ trade: tradeOf(step), lost: step.tick.lost }),
  }))
  return { stamp, data: { ticks: entries, ...next } }
}

/** Returns up to `limit` trades. A page with `next` may have fewer trades, or none. @throws Problem */
export async function tradesOf(
  source: PriceSource,
  request: PageRequest,
): Promise<Stamped<{ trades: TradeEntryJson[]; next?: string }>> {
  const { stamp, entries, next } = await readPage(source, request, TICKS_PER_PAGE, tradeEntry)
  return { stamp, data: { trades: entries, ...next } }
}

function tradeOf({ tick, before }: Step): TradeJson | undefined {
  return tick.trade && tradeToJson(tick, tick.trade, exactTurnover(tick, before))
}

function tradeEntry(step: Step): TradeEntryJson | undefined {
  const { tick, before } = step
  const { lost } = tick
  if (tick.trade === undefined && !lost) return undefined
  const quantity = lostQuantity(tick, before)
  return {
    ...(tradeOf(step) ?? { time: isoTime(tick.tradingDate, tick.time), sequence: tick.sequence }),
    ...withoutUndefined({ lost, lostQuantity: quantity > 0 ? quantity : undefined }),
  }
}

/** @param mostTicks the most ticks that are read. @throws Problem */
async function readPage<T extends object>(
  source: PriceSource,
  { issue, limit, after, ...range }: PageRequest,
  mostTicks: number,
  entryOf: (step: Step) => T | undefined,
): Promise<{ stamp: Stamp; entries: T[]; next: { next?: string } }> {
  await refuseUnknown(source, issue)
  const { date, from, until, asOf, isLate } = await visibleRange(source, range, issue)
  const stamp = stampOf(source, asOf, isLate)
  const first: TickPlace = { time: from, sequence: 0 }
  const cursor = after === undefined ? first : readCursor(after, issue, date)
  const start = cursor.time < from ? first : cursor
  // While a date expires, some of its ticks are deleted before the others: show none.
  const end = hasTicks(source, date) ? until : -1
  const entries: T[] = []
  const page = new AnswerPage()
  let ticksRead = 0
  let last: TickPlace = start
  for await (const step of stepsBetween(source.ticks, issue, date, start, end)) {
    const entry = entryOf(step)
    const isFull = entries.length === limit || ticksRead === mostTicks
    if (isFull || (entry !== undefined && !page.takes(entry))) {
      return { stamp, entries, next: { next: writeCursor(issue, date, last) } }
    }
    last = step.tick
    ticksRead++
    if (entry !== undefined) entries.push(entry)
  }
  if (ticksRead === 0) await checkIssueIsKnown(source, issue, { date, until })
  return { stamp, entries, next: {} }
}
