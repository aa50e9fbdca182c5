/** What can happen to an issue in a day, and what the rules of the exchange make of it. */
import { ABSENT, F } from '../../market/board.ts'
import { findAuction, settleAt } from './auction.ts'
import { referencePrice } from './board-view.ts'
import { marketOrder, trade } from './continuous.ts'
import type { IssueState } from './issue-state.ts'
import { addMarketOrder, rungAt } from './order-book.ts'
import { answerQuote, gatherOrder, moveAnchor, orderSize, placeFirstOrders } from './orders.ts'
import { type Floor, matchAtQuote, openContinuous, showQuote } from './quote.ts'

/** The closing auction may be this many renewal ranges from the last price. */
const CLOSING_RANGES = 2
/** Part of the renewals that bring an order with them. */
const ANSWER_CHANCE = 0.6
/** Size of a sudden large order, in usual orders. */
const SHOCK_SIZE = 50

export interface Trading {
  /** One order or cancellation. @returns whether there is something to say. */
  act(state: IssueState, time: number): boolean
  /** The day's first orders come in. */
  start(state: IssueState, time: number): boolean
  /** Orders are only gathered from now on, until the next auction. */
  gather(state: IssueState): boolean
  /** The auction that opens continuous trading. */
  open(state: IssueState, time: number): boolean
  /** The auction that ends the day. */
  close(state: IssueState, time: number): boolean
  /** The time of a special or sequential quote is over. */
  renew(state: IssueState, time: number): boolean
  halt(state: IssueState): boolean
  resume(state: IssueState): boolean
  /** An order that is larger than what stands in its way. */
  shock(state: IssueState, time: number): boolean
}

export function createTrading(floor: Floor): Trading {
  const { random } = floor
  return {
    act(state, time) {
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
    },

    start(state, time) {
      state.anchorTime = time
      state.mode = 'auction'
      placeFirstOrders(state, random)
      return true
    },

    gather(state) {
      if (state.mode !== 'continuous' && state.mode !== 'special' && state.mode !== 'sequential') return false
      state.mode = 'auction'
      return true
    },

    open(state, time) {
      if (state.mode !== 'auction') return false
      const { book, range } = state
      const reference = referencePrice(state)
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
    },

    close(state, time) {
      if (state.mode === 'halted') return false
      const { book, range } = state
      // Before the hours with a time for orders alone, orders on close come in with the last of the day.
      if (state.mode !== 'auction') {
        addMarketOrder(book, 'buy', orderSize(state, random))
        addMarketOrder(book, 'sell', orderSize(state, random))
      }
      const reference = referencePrice(state)
      const rung = rungAt(book, reference)
      const low = rungAt(book, reference - CLOSING_RANGES * range)
      const high = rungAt(book, reference + CLOSING_RANGES * range)
      const auction = findAuction(book, rung, low, high)
      if (auction === undefined) settleAt(book, rung)
      else openContinuous(state, auction, time)
      state.mode = 'done'
      if (state.board.values[F.last] !== ABSENT) state.board.values[F.closing] = 1
      return true
    },

    renew(state, time) {
      if (state.quoteUntil !== time) return false
      if (state.mode !== 'special' && state.mode !== 'sequential') return false
      const { book, quoteSide, range } = state
      if (random() < ANSWER_CHANCE) answerQuote(state, random)
      if (matchAtQuote(state, time)) return true
      const price = book.prices[state.quote]! + (quoteSide === 'buy' ? range : -range)
      showQuote(floor, state, 'special', quoteSide, price, time)
      matchAtQuote(state, time)
      return true
    },

    halt(state) {
      if (state.mode !== 'continuous') return false
      state.mode = 'halted'
      return true
    },

    resume(state) {
      if (state.mode !== 'halted') return false
      state.mode = 'auction'
      state.isResumed = true
      return true
    },

    shock(state, time) {
      if (state.mode !== 'continuous') return false
      moveAnchor(state, time, random)
      marketOrder(floor, state, random() < 0.5 ? 'buy' : 'sell', orderSize(state, random, SHOCK_SIZE), time)
      return true
    },
  }
}
