/** Continuous trading (ザラバ): each order trades on arrival, at the best price first. */

import { renewalRange } from '../../market/price-limit.ts'
import type { Side } from '../../market/tick.ts'
import type { DayMicros } from '../../market/units.ts'
import { recordTrade, referencePrice } from './board-view.ts'
import type { IssueState } from './issue-state.ts'
import { addMarketOrder, addOrder, type Book, rungAt, takeOrders } from './order-book.ts'
import { cancelOrder, limitRung, opposite, orderSize } from './orders.ts'
import { type Floor, SEQUENTIAL_TIME, showQuote } from './quote.ts'

/** A move of more than this many renewal ranges within SEQUENTIAL_TIME leads to a sequential quote. */
const SEQUENTIAL_RANGES = 2
/** Typical depth of the ten levels of a side, in typical orders. */
const SIDE_DEPTH = 16
/** Share of market orders among all orders, and their size in typical orders. */
const MARKET_ORDER_CHANCE = 0.18
const MARKET_ORDER_SIZE = 0.6
/** Share of limit orders placed far from the market, while few orders are there. */
const FAR_ORDER_CHANCE = 0.15
/** How strongly market orders move towards the anchor, and the distance (in gaps) at which the pull is strongest. */
const PULL = 0.45
const PULL_DISTANCE = 6

/**
 * Trades `units` against the other side, best price first. If the rules do not allow the next price, the rest waits at a
 * special or sequential quote.
 */
export function marketOrder(
  floor: Floor,
  state: IssueState,
  side: Side,
  units: number,
  time: DayMicros,
): void {
  const { book } = state
  const { prices } = book
  const direction = side === 'buy' ? 1 : -1
  // A best quote that moved without a trade moves the reference too.
  const quoted = side === 'buy' ? prices[book.bestBuy] : prices[book.bestSell]
  let reference = referencePrice(state)
  if (quoted !== undefined && (quoted - reference) * direction > 0) reference = quoted
  if (time - state.windowStart > SEQUENTIAL_TIME) {
    state.windowStart = time
    state.windowPrice = reference
  }
  let left = units
  while (left > 0) {
    const rung = side === 'buy' ? book.bestSell : book.bestBuy
    const price = prices[rung]
    if (price === undefined) {
      addOrder(book, side, rungAt(book, reference), left)
      return
    }
    const range = renewalRange(reference)
    if ((price - reference) * direction > range) {
      addMarketOrder(book, side, left)
      showQuote(floor, state, 'special', side, reference + direction * range, time)
      return
    }
    const furthest = state.windowPrice + direction * SEQUENTIAL_RANGES * renewalRange(state.windowPrice)
    if ((price - furthest) * direction > 0) {
      addMarketOrder(book, side, left)
      showQuote(floor, state, 'sequential', side, furthest, time)
      return
    }
    const taken = takeOrders(book, opposite(side), rung, left)
    recordTrade(state, rung, taken, time)
    left -= taken
    reference = price
  }
}

/** Makes one random order or cancellation. */
export function trade(floor: Floor, state: IssueState, time: DayMicros): void {
  const { random } = floor
  const { book, depth } = state
  const pull = Math.max(-1, Math.min((state.anchor - middleOf(book)) / (PULL_DISTANCE * state.gap), 1))
  if (random() < MARKET_ORDER_CHANCE) {
    const side = random() < 0.5 + PULL * pull ? 'buy' : 'sell'
    marketOrder(floor, state, side, orderSize(state, random, MARKET_ORDER_SIZE), time)
    return
  }
  const side = random() < 0.5 ? 'buy' : 'sell'
  const shown = side === 'buy' ? state.shownBuy : state.shownSell
  const hidden = (side === 'buy' ? book.totalBuy : book.totalSell) - shown
  if (hidden > 0 && random() * 2 * SIDE_DEPTH * depth < shown) {
    cancelOrder(state, side, random)
    return
  }
  const isFar = hidden < SIDE_DEPTH * depth && random() < FAR_ORDER_CHANCE
  const rung = limitRung(state, side, isFar, random)
  const units = orderSize(state, random)
  // At the daily limit there is no free rung, so the order takes the price of the other side.
  if (rung < 0) marketOrder(floor, state, side, units, time)
  else addOrder(book, side, rung, units)
}

/** Returns the middle of the best prices in rungs; if one side is empty, the best price of the other. */
function middleOf({ bestBuy, bestSell, prices }: Book): number {
  if (bestBuy < 0) return bestSell
  return bestSell >= prices.length ? bestBuy : (bestBuy + bestSell) / 2
}
