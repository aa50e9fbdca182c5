/** The rules by which the orders of an issue meet: continuous trading, auctions, special and sequential quotes, halts. */
import { ABSENT, F } from '../../market/board.ts'
import type { Side } from '../../market/tick.ts'
import { executeAuction, findAuction, settleAt } from './auction.ts'
import { recordTrade, referencePrice } from './board-view.ts'
import { addMarketOrder, addOrder, rungAt, takeOrders } from './book.ts'
import { MINUTE } from './hours.ts'
import type { IssueState, Mode } from './issue-state.ts'
import {
  answerQuote,
  cancelOrder,
  gatherOrder,
  limitRung,
  moveAnchor,
  opposite,
  orderSize,
  placeFirstOrders,
} from './orders.ts'
import type { Random } from './random.ts'

/** A special quote is renewed this often, a sequential quote shown this long (rules of the exchange). */
const SPECIAL_RENEWAL = 3 * MINUTE
const SEQUENTIAL_TIME = MINUTE
/** A move of more than this many renewal ranges within SEQUENTIAL_TIME is shown as a sequential quote. */
const SEQUENTIAL_RANGES = 2
/** The closing auction may be this many renewal ranges from the last price. */
const CLOSING_RANGES = 2
/** Usual units on the ten levels of a side, in usual orders. */
const SIDE_DEPTH = 12
/** Part of all that happens in continuous trading that is a market order. */
const MARKET_ORDER_CHANCE = 0.18
/** How strongly market orders follow the anchor, and the distance in gaps at which they do so fully. */
const PULL = 0.45
const PULL_DISTANCE = 6

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

/** @param plan is told when {@link Trading.renew} is due. */
export function createTrading(random: Random, plan: (time: number, state: IssueState) => void): Trading {
  function showQuote(state: IssueState, mode: Mode, side: Side, price: number, time: number): void {
    const { book } = state
    let rung = rungAt(book, price)
    if (side === 'sell' && book.prices[rung]! < price && rung < book.prices.length - 1) rung++
    state.mode = mode
    state.quoteSide = side
    state.quote = side === 'buy' ? Math.max(rung, book.bestBuy) : Math.min(rung, book.bestSell)
    state.quoteUntil = time + (mode === 'special' ? SPECIAL_RENEWAL : SEQUENTIAL_TIME)
    plan(state.quoteUntil, state)
  }

  function execute(state: IssueState, rung: number, units: number, time: number): void {
    executeAuction(state.book, { rung, units })
    recordTrade(state, rung, units, time)
  }

  /** Orders behind a quote meet if they can do so at it, or short of it. */
  function match(state: IssueState, time: number): boolean {
    const { book, quote, quoteSide } = state
    const auction = findAuction(book, quote, 0, book.prices.length - 1)
    if (auction === undefined) return false
    if (quoteSide === 'buy' ? auction.rung > quote : auction.rung < quote) return false
    execute(state, auction.rung, auction.units, time)
    state.mode = 'continuous'
    restartWindow(state, time)
    return true
  }

  function restartWindow(state: IssueState, time: number): void {
    state.windowStart = time
    state.windowPrice = referencePrice(state)
  }

  function marketOrder(state: IssueState, side: Side, units: number, time: number): void {
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
        showQuote(state, 'special', side, reference + direction * range, time)
        return
      }
      const furthest = state.windowPrice + direction * SEQUENTIAL_RANGES * range
      if ((price - furthest) * direction > 0) {
        addMarketOrder(book, side, left)
        showQuote(state, 'sequential', side, furthest, time)
        return
      }
      const taken = takeOrders(book, opposite(side), rung, left)
      recordTrade(state, rung, taken, time)
      left -= taken
      reference = price
    }
  }

  function trade(state: IssueState, time: number): void {
    const { book, depth } = state
    const middle =
      book.bestBuy < 0
        ? book.bestSell
        : book.bestSell >= book.prices.length
          ? book.bestBuy
          : (book.bestBuy + book.bestSell) / 2
    const pull = Math.max(-1, Math.min((state.anchor - middle) / (PULL_DISTANCE * state.gap), 1))
    if (random() < MARKET_ORDER_CHANCE) {
      const side = random() < 0.5 + PULL * pull ? 'buy' : 'sell'
      marketOrder(state, side, orderSize(state, random, 0.6), time)
      return
    }
    const side = random() < 0.5 ? 'buy' : 'sell'
    const shown = side === 'buy' ? state.shownBuy : state.shownSell
    if (random() * 2 * SIDE_DEPTH * depth < shown) {
      cancelOrder(state, side, random)
      return
    }
    const rung = limitRung(state, side, random)
    const units = orderSize(state, random)
    // At the day's limit an order can have no price but that of the orders opposite.
    if (rung < 0) marketOrder(state, side, units, time)
    else addOrder(book, side, rung, units)
  }

  return {
    act(state, time) {
      moveAnchor(state, time, random)
      switch (state.mode) {
        case 'auction':
          state.isResumed = false
          gatherOrder(state, random)
          return true
        case 'continuous':
          trade(state, time)
          return true
        case 'special':
          answerQuote(state, random)
          match(state, time)
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
        showQuote(state, 'special', side, reference + Math.sign(distance) * range, time)
        return true
      }
      execute(state, auction.rung, auction.units, time)
      state.mode = 'continuous'
      restartWindow(state, time)
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
      else execute(state, auction.rung, auction.units, time)
      state.mode = 'done'
      if (state.board.values[F.last] !== ABSENT) state.board.values[F.closing] = 1
      return true
    },

    renew(state, time) {
      if (state.quoteUntil !== time) return false
      if (state.mode !== 'special' && state.mode !== 'sequential') return false
      const { book, quoteSide, range } = state
      if (random() < 0.6) answerQuote(state, random)
      if (match(state, time)) return true
      const price = book.prices[state.quote]! + (quoteSide === 'buy' ? range : -range)
      showQuote(state, 'special', quoteSide, price, time)
      match(state, time)
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
      marketOrder(state, random() < 0.5 ? 'buy' : 'sell', orderSize(state, random, 4 * SIDE_DEPTH), time)
      return true
    },
  }
}
