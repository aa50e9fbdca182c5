/** Orders that nobody sent: what people might do with an issue, by chance but around its anchor. */
import type { Side } from '../../market/tick.ts'
import type { IssueState } from './issue-state.ts'
import { addMarketOrder, addOrder, type Book, takeOrders } from './order-book.ts'
import { below, exponential, normal, type Random } from './random.ts'

/** Usual distance of a limit order from the best price of its side, in gaps. */
const LIMIT_DISTANCE = 4
/** The same of orders that wait far from the market. */
const FAR_DISTANCE = 20
/** Rungs at the ends of the ladder that the anchor keeps away from, so that prices at the limit can leave it again. */
const ANCHOR_MARGIN = 2
/** Levels among which a cancelled order is looked for. */
const CANCEL_LEVELS = 10
/** Prices at which a day's first orders stand, each side. */
const FIRST_LEVELS = 20
/** Part of the quiet issues whose first orders do not meet, so that they do not open at nine. */
const UNMATCHED_CHANCE = 0.5

export function opposite(side: Side): Side {
  return side === 'buy' ? 'sell' : 'buy'
}

/** Lets the anchor wander up to `time`. */
export function moveAnchor(state: IssueState, time: number, random: Random): void {
  const step = state.volatility * Math.sqrt(time - state.anchorTime) * normal(random)
  const top = state.book.prices.length - 1 - ANCHOR_MARGIN
  state.anchor = Math.max(Math.min(state.anchor + step, top), Math.min(ANCHOR_MARGIN, top))
  state.anchorTime = time
}

/** The size of an order in units, `scale` times the usual. */
export function orderSize(state: IssueState, random: Random, scale = 1): number {
  return 1 + Math.floor(exponential(random, state.depth * scale))
}

function onLadder(book: Book, rung: number): number {
  return Math.min(Math.max(Math.round(rung), 0), book.prices.length - 1)
}

/** The orders that wait overnight and come in with the first of the day. */
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

/** An order, or the end of one, while orders gather for an auction. */
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

/** An order while a special or sequential quote asks for the other side: mostly that other side. */
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

/** Takes back part or all of what stands at one of the first prices of a side. */
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
 * The rung for a limit order that waits: inside the spread, or at or behind the best of its side.
 * @returns −1 where every rung of its side would meet an order of the other.
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
