/** The state of one issue at the exchange: orders, board, trading mode, and the parameters of its random orders. */
import { type Board, emptyBoard, F } from '../../market/board.ts'
import type { IssueMaster } from '../../market/market-event.ts'
import type { Side } from '../../market/tick.ts'
import { tickSize } from '../../market/tick-size.ts'
import { priceToYen } from '../../market/units.ts'
import { HOUR } from './hours.ts'
import type { Listing } from './issue-list.ts'
import { type Book, createBook, rungAt } from './order-book.ts'
import { normal, type Random } from './random.ts'

/**
 * How orders are matched: not at all (`idle` before the day, `halted`, `done` after it), together in an `auction`, one by
 * one (`continuous`), or held at the price of a `special` or `sequential` quote.
 */
export type Mode = 'idle' | 'auction' | 'continuous' | 'special' | 'sequential' | 'halted' | 'done'

export interface IssueState {
  /** Position in the list of issues by code. */
  readonly index: number
  readonly master: IssueMaster
  readonly line: 1 | 2 | 3
  readonly book: Book
  /** The true board. Times, prices and totals of trades are stored only here. */
  readonly board: Board
  /** The board as of the last message. */
  readonly published: Board
  /** Whether the issue has had a message. */
  isPublished: boolean
  mode: Mode
  /** Trading has resumed (A1), and the next auction has not taken place. */
  isResumed: boolean
  /** Rung, side and renewal time (µs of the day) of a special or sequential quote. */
  quote: number
  quoteSide: Side
  quoteUntil: number
  /** Reference price and start of the minute in which a sequential quote measures the move. */
  windowPrice: number
  windowStart: number
  /** The rung around which random orders are placed. It moves at random, and prices follow it. */
  anchor: number
  anchorTime: number
  /** Standard deviation of the anchor's move, in rungs per square root of a microsecond. */
  readonly volatility: number
  /** Typical distance between orders in rungs: 1 for a busy issue, more for a quiet issue. */
  readonly gap: number
  /** Typical size of an order, in trading units. */
  readonly depth: number
  /** Trading units on the ten levels that the board shows. */
  shownSell: number
  shownBuy: number
}

/** Standard deviation of the daily return of an ordinary share. */
const DAILY_VOLATILITY = 0.012
/** Length of continuous trading in a day (µs). */
const TRADING_TIME = 5 * HOUR
/** Overnight news: the share of issues that have some, and the largest price jump. */
const JUMP_CHANCE = 0.03
const JUMP = 0.2
/** Value of the orders at one price, in yen: of the busiest issue, and of the quietest. */
const BUSY_DEPTH = 8_000_000
const QUIET_DEPTH = 200_000
/** The rank from which depth falls noticeably. */
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
    published: emptyBoard(master.code),
    isPublished: false,
    mode: 'idle',
    isResumed: false,
    quote: 0,
    quoteSide: 'buy',
    quoteUntil: 0,
    windowPrice: basePrice,
    windowStart: Number.NEGATIVE_INFINITY,
    anchor: Math.min(Math.max(rungAt(book, basePrice) + jump * rungsPerPart, 0), rungs - 1),
    anchorTime: 0,
    volatility: (daily * rungsPerPart) / Math.sqrt(TRADING_TIME),
    gap: 1 + Math.floor((4 * rank) / count),
    depth: Math.max(2, depthYen / (priceToYen(basePrice) * master.unit)),
    shownSell: 0,
    shownBuy: 0,
  }
}
