/** Special and sequential quotes (特別気配, 連続約定気配): orders wait at a price until the rules allow the next price. */
import type { Side } from '../../market/tick.ts'
import type { DayMicros } from '../../market/units.ts'
import { type Auction, executeAuction, findAuction } from './auction.ts'
import { recordTrade, referencePrice } from './board-view.ts'
import { MINUTE } from './hours.ts'
import type { IssueState } from './issue-state.ts'
import { rungAt } from './order-book.ts'
import type { Random } from './random.ts'

/** A special quote is renewed every three minutes; a sequential quote is shown for one minute (rules of the exchange). */
const SPECIAL_RENEWAL = 3 * MINUTE
export const SEQUENTIAL_TIME = MINUTE

/** What the trading of an issue needs in addition to the issue's state. */
export interface Floor {
  readonly random: Random
  /** Plans the renewal of a quote at `time` (µs of the day). */
  planRenewal(time: DayMicros, state: IssueState): void
}

export function showQuote(
  floor: Floor,
  state: IssueState,
  mode: 'special' | 'sequential',
  side: Side,
  price: number,
  time: DayMicros,
): void {
  const { book } = state
  let rung = rungAt(book, price)
  if (side === 'sell' && book.prices[rung]! < price && rung < book.prices.length - 1) rung++
  state.mode = mode
  state.quoteSide = side
  state.quote = side === 'buy' ? Math.max(rung, book.bestBuy) : Math.min(rung, book.bestSell)
  state.quoteUntil = time + (mode === 'special' ? SPECIAL_RENEWAL : SEQUENTIAL_TIME)
  floor.planRenewal(state.quoteUntil, state)
}

/** Carries out an auction and starts continuous trading. */
export function openContinuous(state: IssueState, auction: Auction, time: DayMicros): void {
  executeAuction(state.book, auction)
  recordTrade(state, auction.rung, auction.units, time)
  state.mode = 'continuous'
  state.windowStart = time
  state.windowPrice = referencePrice(state)
}

/** Trades the orders that wait at a quote, if an auction finds a price at the quote or before it. Returns whether it did. */
export function matchAtQuote(state: IssueState, time: DayMicros): boolean {
  const { book, quote, quoteSide } = state
  const auction = findAuction(book, quote, 0, book.prices.length - 1)
  if (auction === undefined) return false
  if (quoteSide === 'buy' ? auction.rung > quote : auction.rung < quote) return false
  openContinuous(state, auction, time)
  return true
}
