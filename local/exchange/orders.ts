/** Random orders: what traders might do with an issue, around its anchor price. */
import type { Side } from '../../market/tick.ts'
import type { DayMicros } from '../../market/units.ts'
import type { IssueState } from './issue-state.ts'
import { addMarketOrder, addOrder, type Book, takeOrders } from './order-book.ts'
import { below, exponential, normal, type Random } from './random.ts'

/** Mean distance of a limit order from the best price of its side, in gaps. */
const LIMIT_DISTANCE = 4
/** Mean distance of an order placed far from the market, in gaps. */
const FAR_DISTANCE = 20
/** The anchor (the rung around which orders are placed) stays this far from the daily limits, so that prices can leave them. */
const ANCHOR_MARGIN = 2
/** A cancellation chooses among this many best prices of a side. */
const CANCEL_LEVELS = 10
/** Number of prices a side at which the first orders of a day are placed. */
const FIRST_LEVELS = 20
/** Share of the quiet issues whose first orders do not match, so that they do not open at 9:00. */
const UNMATCHED_CHANCE = 0.5

export function opposite(side: Side): Side {
  return side === 'buy' ? 'sell' : 'buy'
}

/** Moves the anchor at random for the time up to `time` (µs of the day). */
export function moveAnchor(state: IssueState, time: DayMicros, random: Random): void {
  const step = state.volatility * Math.sqrt(time - state.anchorTime) * normal(random)
  const top = state.book.prices.length - 1 - ANCHOR_MARGIN
  state.anchor = Math.max(Math.min(state.anchor + step, top), Math.min(ANCHOR_MARGIN, top))
  state.anchorTime = time
}

/** Returns a random order size in trading units, on average `scale` times the typical size. */
export function orderSize(state: IssueState, random: Random, scale = 1): number {
  return 1 + Math.floor(exponential(random, state.depth * scale))
}

function onLadder(book: Book, rung: number): number {
  return Math.min(Math.max(Math.round(rung), 0), book.prices.length - 1)
}

/** Places the orders that waited overnight. */
export function placeFirstOrders(state: IssueState, random: Random): void {
  const { book, anchor, gap } = state
  const isQuiet = gap > 2
  const overlap = (isQuiet && random() < UNMATCHED_CHANCE ? -1 : 2) * gap
  for (let level = 0; level < FIRST_LEVELS; level++) {
    const sell = onLadder(book, anchor - overlap + level * gap + below(random, gap + 1) + 1)
    const buy = onLadder(book, anchor + overlap - level * gap - below(random, gap + 1) - 1)
    addOrder(book, 'sell', sell, orderSize(state, random))
    addOrder(book, 'buy', buy, orderSize(state, random))
  }
}

/** Adds or cancels an order while the exchange collects orders for an auction. */
export function gatherOrder(state: IssueState, random: Random): void {
  const { book, anchor, gap } = state
  const side: Side = random() < 0.5 ? 'buy' : 'sell'
  const chance = random()
  if (chance < 0.12) addMarketOrder(book, side, orderSize(state, random))
  else if (chance < 0.35) cancelOrder(state, side, random)
  else {
    const distance = exponential(random, LIMIT_DISTANCE * gap) - gap
    const rung = onLadder(book, side === 'buy' ? anchor - distance : anchor + distance)
    addOrder(book, side, rung, orderSize(state, random))
  }
}

/** Adds an order during a special or sequential quote, mostly on the side that the quote lacks. */
export function answerQuote(state: IssueState, random: Random): void {
  const { book, quote, quoteSide, gap } = state
  const side = random() < 0.7 ? opposite(quoteSide) : quoteSide
  const distance = Math.floor(exponential(random, LIMIT_DISTANCE * gap))
  addOrder(
    book,
    side,
    onLadder(book, side === 'buy' ? quote - distance : quote + distance),
    orderSize(state, random),
  )
}

/** Cancels part or all of the orders at one of the best prices of a side. */
export function cancelOrder(state: IssueState, side: Side, random: Random): void {
  const { book } = state
  const levels = side === 'sell' ? book.sells : book.buys
  const step = side === 'sell' ? 1 : -1
  let skip = below(random, CANCEL_LEVELS)
  let found = -1
  for (
    let rung = side === 'sell' ? book.bestSell : book.bestBuy;
    rung >= 0 && rung < levels.length;
    rung += step
  ) {
    if (levels[rung] === 0) continue
    found = rung
    if (skip-- === 0) break
  }
  if (found < 0) return
  const units = levels[found]!
  takeOrders(book, side, found, random() < 0.3 ? units : 1 + below(random, units))
}

/**
 * Chooses the rung of a limit order that does not trade at once: inside the spread, or at or beyond the best price of its
 * side.
 * @returns −1 if an order of the other side would match at every rung.
 */
export function limitRung(state: IssueState, side: Side, isFar: boolean, random: Random): number {
  const { book, anchor, gap } = state
  const rungs = book.prices.length
  const isBuy = side === 'buy'
  const nearest = isBuy ? book.bestSell - 1 : book.bestBuy + 1
  if (nearest < 0 || nearest >= rungs) return -1
  const hasSide = isBuy ? book.bestBuy >= 0 : book.bestSell < rungs
  const best = hasSide ? (isBuy ? book.bestBuy : book.bestSell) : onLadder(book, anchor)
  const room = Math.abs(nearest - best)
  const away = isBuy ? -1 : 1
  const rung =
    room > 0 && !isFar && random() < 0.5
      ? best - away * (1 + below(random, Math.min(room, gap + 1)))
      : best + away * Math.floor(exponential(random, (isFar ? FAR_DISTANCE : LIMIT_DISTANCE) * gap))
  const free = onLadder(book, rung)
  return isBuy ? Math.min(free, nearest) : Math.max(free, nearest)
}
