/** All that the exchange keeps of one issue. */
import { type Board, emptyBoard, F, PRICE_SCALE } from '../../market/board.ts'
import type { IssueMaster } from '../../market/market-event.ts'
import type { Side } from '../../market/tick.ts'
import { HOUR } from './hours.ts'
import type { Listing } from './issue-list.ts'
import { type Book, createBook, rungAt } from './order-book.ts'
import { renewalRange } from './price-limit.ts'
import { normal, type Random } from './random.ts'
import { tickSize } from './tick-size.ts'

/**
 * How orders meet: not at all (`idle` before the day, `halted`, `done` after it), gathered for an auction, one by one
 * (`continuous`), or gathered behind a special or a sequential quote.
 */
export type Mode = 'idle' | 'auction' | 'continuous' | 'special' | 'sequential' | 'halted' | 'done'

export interface IssueState {
  /** Its place among the issues in the order of their codes. */
  readonly index: number
  readonly master: IssueMaster
  readonly line: 1 | 2 | 3
  readonly book: Book
  /** The true board; times, prices and totals of trades are kept here alone. */
  readonly board: Board
  /** The board as the last message left it. */
  readonly said: Board
  /** Whether anything has been said of the issue yet. */
  isSaid: boolean
  mode: Mode
  /** Trading was resumed (A1) and the next auction has not been. */
  isResumed: boolean
  /** Rung and side of a special or sequential quote, and when it is renewed. */
  quote: number
  quoteSide: Side
  quoteUntil: number
  /** Price from which a move within a minute is measured, and since when. */
  windowPrice: number
  windowStart: number
  /** How far the next price may be from the last (更新値幅), 10⁻⁴ yen. */
  readonly range: number
  /** The rung that orders believe to be right now; it wanders, and prices follow it. */
  anchor: number
  anchorTime: number
  /** Deviation of the anchor in rungs per square root of a microsecond. */
  readonly volatility: number
  /** Usual distance of orders in rungs: 1 for a busy issue, more for a quiet one. */
  readonly gap: number
  /** Usual size of an order in units. */
  readonly depth: number
  /** Units on the levels the board shows, and whether all levels are filled. */
  shownSell: number
  shownBuy: number
}

/** Deviation of a day's price for an ordinary share. */
const DAILY_VOLATILITY = 0.012
/** Continuous trading in a day. */
const TRADING_TIME = 5 * HOUR
/** Some issues had news overnight: how many, and how far their price jumps at most. */
const JUMP_CHANCE = 0.03
const JUMP = 0.2
/** Yen that wait at one price of the busiest issue, and of the quietest. */
const BUSY_DEPTH = 8_000_000
const QUIET_DEPTH = 200_000
/** The rank at which depth has begun to fall. */
const DEPTH_RANK = 20

export function createIssueState(
  { master, rank }: Listing,
  index: number,
  line: 1 | 2 | 3,
  count: number,
  random: Random,
): IssueState {
  const { basePrice, topix500 } = master
  const book = createBook(basePrice, topix500)
  const rungs = book.prices.length
  const rungsPerPart = basePrice / tickSize(basePrice, topix500)
  const daily = DAILY_VOLATILITY * Math.exp(normal(random) * 0.4)
  const jump = random() < JUMP_CHANCE ? (random() * 2 - 1) * JUMP : normal(random) * daily * 0.6
  const depthYen = BUSY_DEPTH / Math.sqrt(1 + rank / DEPTH_RANK) + QUIET_DEPTH
  const board = emptyBoard(master.code)
  board.values[F.updateNumber] = 0
  board.values[F.volume] = 0
  board.values[F.turnover] = 0
  return {
    index,
    master,
    line,
    book,
    board,
    said: emptyBoard(master.code),
    isSaid: false,
    mode: 'idle',
    isResumed: false,
    quote: 0,
    quoteSide: 'buy',
    quoteUntil: 0,
    windowPrice: basePrice,
    windowStart: Number.NEGATIVE_INFINITY,
    range: renewalRange(basePrice),
    anchor: Math.min(Math.max(rungAt(book, basePrice) + jump * rungsPerPart, 0), rungs - 1),
    anchorTime: 0,
    volatility: (daily * rungsPerPart) / Math.sqrt(TRADING_TIME),
    gap: 1 + Math.floor((4 * rank) / count),
    depth: Math.max(2, depthYen / ((basePrice / PRICE_SCALE) * master.unit)),
    shownSell: 0,
    shownBuy: 0,
  }
}
