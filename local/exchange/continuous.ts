/** Continuous trading (ザラバ): orders meet as they come, the best price first. */
import type { Side } from '../../market/tick.ts'
import { recordTrade, referencePrice } from './board-view.ts'
import type { IssueState } from './issue-state.ts'
import { addMarketOrder, addOrder, type Book, rungAt, takeOrders } from './order-book.ts'
import { cancelOrder, limitRung, opposite, orderSize } from './orders.ts'
import { type Floor, SEQUENTIAL_TIME, showQuote } from './quote.ts'

/** A move of more than this many renewal ranges within SEQUENTIAL_TIME is shown as a sequential quote. */
const SEQUENTIAL_RANGES = 2
/** Usual units on the ten levels of a side, in usual orders. */
const SIDE_DEPTH = 16
/** Part of all that happens that is a market order, and its size in usual orders. */
const MARKET_ORDER_CHANCE = 0.18
const MARKET_ORDER_SIZE = 0.6
/** Part of the limit orders that stand far from the market, while few do. */
const FAR_ORDER_CHANCE = 0.15
/** How strongly market orders follow the anchor, and the distance in gaps at which they do so fully. */
const PULL = 0.45
const PULL_DISTANCE = 6

/**
 * Takes what stands opposite until `units` are done, or the next price is further than the rules allow: then the rest
 * waits behind a special or a sequential quote.
 */
export function marketOrder(floor: Floor, state: IssueState, side: Side, units: number, time: number): void {
  const { book, range } = state
  const { prices } = book
  const direction = side === 'buy' ? 1 : -1
  // Quotes that moved without a trade carry the reference with them.
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
    if ((price - reference) * direction > range) {
      addMarketOrder(book, side, left)
      showQuote(floor, state, 'special', side, reference + direction * range, time)
      return
    }
    const furthest = state.windowPrice + direction * SEQUENTIAL_RANGES * range
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

/** One order or cancellation, by chance. */
export function trade(floor: Floor, state: IssueState, time: number): void {
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
  // At the day's limit an order can have no price but that of the orders opposite.
  if (rung < 0) marketOrder(floor, state, side, units, time)
  else addOrder(book, side, rung, units)
}

/** Between the best prices; the only one where a side is empty. */
function middleOf({ bestBuy, bestSell, prices }: Book): number {
  if (bestBuy < 0) return bestSell
  return bestSell >= prices.length ? bestBuy : (bestBuy + bestSell) / 2
}
