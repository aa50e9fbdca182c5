/** The events of an issue's trading day, and what the rules of the exchange do on each of them. */
import { ABSENT, F } from '../../market/board.ts'
import { renewalRange } from '../../market/price-limit.ts'
import type { DayMicros } from '../../market/units.ts'
import { findAuction, settleAt } from './auction.ts'
import { referencePrice } from './board-view.ts'
import { marketOrder, trade } from './continuous.ts'
import type { IssueState } from './issue-state.ts'
import { addMarketOrder, rungAt } from './order-book.ts'
import { answerQuote, gatherOrder, moveAnchor, orderSize, placeFirstOrders } from './orders.ts'
import { type Floor, matchAtQuote, openContinuous, showQuote } from './quote.ts'

/** The closing auction may move the price by up to this many renewal ranges. */
const CLOSING_RANGES = 2
/** Share of the renewals at which an order arrives. */
const ANSWER_CHANCE = 0.6
/** Size of a sudden large order, in typical orders. */
const SHOCK_SIZE = 50

/** Each function returns whether the board may have changed, so that a message must be sent. */
export interface Trading {
  /** One random order or cancellation. */
  act(state: IssueState, time: DayMicros): boolean
  /** The first orders of the day. */
  start(state: IssueState, time: DayMicros): boolean
  /** From now on the exchange collects orders for the next auction. */
  gather(state: IssueState): boolean
  /** The auction that opens continuous trading. */
  open(state: IssueState, time: DayMicros): boolean
  /** The closing auction. */
  close(state: IssueState, time: DayMicros): boolean
  /** The end of the time for which a special or sequential quote is shown. */
  renew(state: IssueState, time: DayMicros): boolean
  halt(state: IssueState): boolean
  resume(state: IssueState): boolean
  /** An order larger than the orders on the other side of the board. */
  shock(state: IssueState, time: DayMicros): boolean
}

export function createTrading(floor: Floor): Trading {
  return {
    act: (state, time) => act(floor, state, time),
    start: (state, time) => start(floor, state, time),
    gather,
    open: (state, time) => open(floor, state, time),
    close: (state, time) => close(floor, state, time),
    renew: (state, time) => renew(floor, state, time),
    halt,
    resume,
    shock: (state, time) => shock(floor, state, time),
  }
}

function act(floor: Floor, state: IssueState, time: DayMicros): boolean {
  const { random } = floor
  moveAnchor(state, time, random)
  switch (state.mode) {
    case 'auction':
      state.isResumed = false
      gatherOrder(state, random)
      return true
    case 'continuous':
      trade(floor, state, time)
      return true
    case 'special':
      answerQuote(state, random)
      matchAtQuote(state, time)
      return true
    case 'sequential':
      answerQuote(state, random)
      return true
    default:
      return false
  }
}

function start({ random }: Floor, state: IssueState, time: DayMicros): boolean {
  state.anchorTime = time
  state.mode = 'auction'
  placeFirstOrders(state, random)
  return true
}

function gather(state: IssueState): boolean {
  if (state.mode !== 'continuous' && state.mode !== 'special' && state.mode !== 'sequential') return false
  state.mode = 'auction'
  return true
}

function open(floor: Floor, state: IssueState, time: DayMicros): boolean {
  if (state.mode !== 'auction') return false
  const { book } = state
  const reference = referencePrice(state)
  const range = renewalRange(reference)
  const rung = rungAt(book, reference)
  const auction = findAuction(book, rung, 0, book.prices.length - 1)
  state.isResumed = false
  if (auction === undefined) {
    settleAt(book, rung)
    state.mode = 'continuous'
    return true
  }
  const distance = book.prices[auction.rung]! - reference
  if (Math.abs(distance) > range) {
    const side = distance > 0 ? 'buy' : 'sell'
    showQuote(floor, state, 'special', side, reference + Math.sign(distance) * range, time)
    return true
  }
  openContinuous(state, auction, time)
  return true
}

function close({ random }: Floor, state: IssueState, time: DayMicros): boolean {
  if (state.mode === 'halted') return false
  const { book } = state
  // Before 2024-11-05 there was no order-only period: on-close orders arrive with the last orders of continuous trading.
  if (state.mode !== 'auction') {
    addMarketOrder(book, 'buy', orderSize(state, random))
    addMarketOrder(book, 'sell', orderSize(state, random))
  }
  const reference = referencePrice(state)
  const range = renewalRange(reference)
  const rung = rungAt(book, reference)
  const low = rungAt(book, reference - CLOSING_RANGES * range)
  const high = rungAt(book, reference + CLOSING_RANGES * range)
  const auction = findAuction(book, rung, low, high)
  if (auction === undefined) settleAt(book, rung)
  else openContinuous(state, auction, time)
  state.mode = 'done'
  if (state.board.values[F.last] !== ABSENT) state.board.values[F.closing] = 1
  return true
}

function renew(floor: Floor, state: IssueState, time: DayMicros): boolean {
  if (state.quoteUntil !== time) return false
  if (state.mode !== 'special' && state.mode !== 'sequential') return false
  const { book, quoteSide } = state
  if (floor.random() < ANSWER_CHANCE) answerQuote(state, floor.random)
  if (matchAtQuote(state, time)) return true
  const quoted = book.prices[state.quote]!
  const range = renewalRange(quoted)
  const price = quoted + (quoteSide === 'buy' ? range : -range)
  showQuote(floor, state, 'special', quoteSide, price, time)
  matchAtQuote(state, time)
  return true
}

function halt(state: IssueState): boolean {
  if (state.mode !== 'continuous') return false
  state.mode = 'halted'
  return true
}

function resume(state: IssueState): boolean {
  if (state.mode !== 'halted') return false
  state.mode = 'auction'
  state.isResumed = true
  return true
}

function shock(floor: Floor, state: IssueState, time: DayMicros): boolean {
  if (state.mode !== 'continuous') return false
  const { random } = floor
  moveAnchor(state, time, random)
  marketOrder(floor, state, random() < 0.5 ? 'buy' : 'sell', orderSize(state, random, SHOCK_SIZE), time)
  return true
}
