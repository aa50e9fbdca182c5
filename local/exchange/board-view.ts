/** Writes the orders of an issue to its board: levels, OVER and UNDER, quote signs, status, prices and totals. */
import { ABSENT, ASKS, BIDS, F, LEVELS, statusNumber } from '../../market/board.ts'
import type { DayMicros } from '../../market/units.ts'
import { findAuction } from './auction.ts'
import type { IssueState, Mode } from './issue-state.ts'
import { rungAt } from './order-book.ts'

const TRADING = statusNumber('20')
const ITAYOSE = statusNumber('B')
const HALTED = statusNumber('A0')
const RESUMED = statusNumber('A1')

/** Quote signs: see QUOTE_SIGNS in market/board-json.ts. */
const GENERAL = 1
const SPECIAL = 3
const BEFORE_OPEN = 4
const AFTER_CLOSE = 6
const SEQUENTIAL = 7

/** Stands for "the board shows no orders summed up at one price". */
const NO_PIVOT = -1

/** Returns the last trade price (10⁻⁴ yen); before the first trade of the day, the base price. */
export function referencePrice(state: IssueState): number {
  const last = state.board.values[F.last]!
  return last === ABSENT ? state.master.basePrice : last
}

/** Updates the board of `state` from its orders, as a message at `time` (µs of the day) reports them. */
export function showBoard(state: IssueState, time: DayMicros): void {
  const { book, board, mode } = state
  const { values } = board
  const unit = state.master.unit
  values[F.updateNumber] = values[F.updateNumber]! + 1
  values[F.status] = statusOf(state, mode)
  values[F.statusTime] = time
  values[F.marketSell] = book.marketSell > 0 ? book.marketSell * unit : ABSENT
  values[F.marketBuy] = book.marketBuy > 0 ? book.marketBuy * unit : ABSENT

  const askPrice = values[ASKS]!
  const askQuantity = values[ASKS + 1]!
  const bidPrice = values[BIDS]!
  const bidQuantity = values[BIDS + 1]!
  const pivot = pivotOf(state)
  showSells(state, pivot)
  showBuys(state, pivot)
  const askSign = values[ASKS] === ABSENT ? ABSENT : signOf(state, 'sell')
  const bidSign = values[BIDS] === ABSENT ? ABSENT : signOf(state, 'buy')
  if (askPrice !== values[ASKS] || askQuantity !== values[ASKS + 1] || askSign !== values[F.askSign]) {
    values[F.askSign] = askSign
    values[F.askTime] = askSign === ABSENT ? ABSENT : time
  }
  if (bidPrice !== values[BIDS] || bidQuantity !== values[BIDS + 1] || bidSign !== values[F.bidSign]) {
    values[F.bidSign] = bidSign
    values[F.bidTime] = bidSign === ABSENT ? ABSENT : time
  }
}

function statusOf(state: IssueState, mode: Mode): number {
  if (mode === 'halted') return HALTED
  if (mode !== 'auction' && mode !== 'idle') return TRADING
  return state.isResumed ? RESUMED : ITAYOSE
}

function signOf({ mode, quoteSide }: IssueState, side: 'buy' | 'sell'): number {
  switch (mode) {
    case 'idle':
    case 'auction':
      return BEFORE_OPEN
    case 'special':
      return side === quoteSide ? SPECIAL : GENERAL
    case 'sequential':
      return side === quoteSide ? SEQUENTIAL : GENERAL
    case 'done':
      return AFTER_CLOSE
    default:
      return GENERAL
  }
}

/** Returns the rung at which each side shows the sum of all orders that would trade there. */
function pivotOf(state: IssueState): number {
  const { book, mode } = state
  if (mode === 'special' || mode === 'sequential') return state.quote
  if (mode !== 'auction') return NO_PIVOT
  if (book.bestSell > book.bestBuy && book.marketSell === 0 && book.marketBuy === 0) return NO_PIVOT
  const reference = rungAt(book, referencePrice(state))
  return findAuction(book, reference, 0, book.prices.length - 1)?.rung ?? NO_PIVOT
}

function showSells(state: IssueState, pivot: number): void {
  const { book } = state
  const { prices, sells } = book
  const { values } = state.board
  const unit = state.master.unit
  let level: number = ASKS
  let rung = book.bestSell
  let shown = 0
  if (pivot !== NO_PIVOT) {
    for (; rung <= pivot; rung++) shown += sells[rung]!
    const gathered = shown + book.marketSell
    if (gathered > 0) level = putLevel(values, level, prices[pivot]!, gathered * unit)
  }
  for (const end = ASKS + 2 * LEVELS; level < end; rung++) {
    if (shown === book.totalSell) {
      values.fill(ABSENT, level, end)
      break
    }
    const units = sells[rung]!
    if (units === 0) continue
    shown += units
    level = putLevel(values, level, prices[rung]!, units * unit)
  }
  state.shownSell = shown
  values[F.over] = (book.totalSell - shown) * unit
}

function showBuys(state: IssueState, pivot: number): void {
  const { book } = state
  const { prices, buys } = book
  const { values } = state.board
  const unit = state.master.unit
  let level: number = BIDS
  let rung = book.bestBuy
  let shown = 0
  if (pivot !== NO_PIVOT) {
    for (; rung >= pivot; rung--) shown += buys[rung]!
    const gathered = shown + book.marketBuy
    if (gathered > 0) level = putLevel(values, level, prices[pivot]!, gathered * unit)
  }
  for (const end = BIDS + 2 * LEVELS; level < end; rung--) {
    if (shown === book.totalBuy) {
      values.fill(ABSENT, level, end)
      break
    }
    const units = buys[rung]!
    if (units === 0) continue
    shown += units
    level = putLevel(values, level, prices[rung]!, units * unit)
  }
  state.shownBuy = shown
  values[F.under] = (book.totalBuy - shown) * unit
}

function putLevel(values: Float64Array, at: number, price: number, quantity: number): number {
  values[at] = price
  values[at + 1] = quantity
  return at + 2
}

/** Adds a trade to the day's prices and totals. */
export function recordTrade(state: IssueState, rung: number, units: number, time: DayMicros): void {
  const { book, board, master } = state
  const { values } = board
  const price = book.prices[rung]!
  const quantity = units * master.unit
  const second = time - (time % 1_000_000)
  if (values[F.open] === ABSENT) {
    values[F.open] = price
    values[F.openTime] = second
  }
  const top = book.prices.length - 1
  if (values[F.high] === ABSENT || price > values[F.high]!) {
    values[F.high] = price
    values[F.highTime] = second
    values[F.highStop] = rung === top ? 1 : ABSENT
  }
  if (values[F.low] === ABSENT || price < values[F.low]!) {
    values[F.low] = price
    values[F.lowTime] = second
    values[F.lowStop] = rung === 0 ? 1 : ABSENT
  }
  values[F.last] = price
  values[F.lastTime] = time
  values[F.volume] = values[F.volume]! + quantity
  values[F.volumeTime] = second
  // Prices are multiples of 0.1 yen, so 10⁻² yen represents every turnover exactly.
  values[F.turnover] = values[F.turnover]! + (price / 100) * quantity
  values[F.vwap] = Math.round((values[F.turnover]! * 100) / values[F.volume]!)
}
