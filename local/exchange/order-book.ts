/**
 * The orders of one issue, summed up by price. A rung is an index into the day's ladder: every price on the tick grid
 * from the lower to the upper daily limit. Quantities are trading units.
 */

import { priceLimits } from '../../market/price-limit.ts'
import type { Side } from '../../market/tick.ts'
import { nextPriceUp } from '../../market/tick-size.ts'
import type { FeedPrice } from '../../market/units.ts'

export interface Book {
  /** Price of each rung, 10⁻⁴ yen, ascending. */
  readonly prices: Float64Array
  readonly sells: Int32Array
  readonly buys: Int32Array
  /** Market orders (成行) that wait for an auction. */
  marketSell: number
  marketBuy: number
  /** Rung of the lowest sell; the number of rungs when there is none. */
  bestSell: number
  /** Rung of the highest buy; −1 when there is none. */
  bestBuy: number
  totalSell: number
  totalBuy: number
}

export function createBook(basePrice: FeedPrice, topix500: boolean): Book {
  const { lower, upper } = priceLimits(basePrice, topix500)
  const prices: number[] = []
  for (let price = lower; price <= upper; price = nextPriceUp(price, topix500)) prices.push(price)
  return {
    prices: Float64Array.from(prices),
    sells: new Int32Array(prices.length),
    buys: new Int32Array(prices.length),
    marketSell: 0,
    marketBuy: 0,
    bestSell: prices.length,
    bestBuy: -1,
    totalSell: 0,
    totalBuy: 0,
  }
}

/** Returns the highest rung at or below `price` (10⁻⁴ yen); the lowest rung if all are above. */
export function rungAt(book: Book, price: FeedPrice): number {
  const { prices } = book
  let low = 0
  let high = prices.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (prices[middle]! <= price) low = middle
    else high = middle - 1
  }
  return low
}

export function addOrder(book: Book, side: Side, rung: number, units: number): void {
  if (side === 'sell') {
    book.sells[rung] = book.sells[rung]! + units
    book.totalSell += units
    if (rung < book.bestSell) book.bestSell = rung
  } else {
    book.buys[rung] = book.buys[rung]! + units
    book.totalBuy += units
    if (rung > book.bestBuy) book.bestBuy = rung
  }
}

/** Removes up to `units` from a rung. Returns how many units it removed. */
export function takeOrders(book: Book, side: Side, rung: number, units: number): number {
  const level = side === 'sell' ? book.sells : book.buys
  const taken = Math.min(units, level[rung]!)
  level[rung] = level[rung]! - taken
  if (side === 'sell') {
    book.totalSell -= taken
    while (book.bestSell < level.length && level[book.bestSell] === 0) book.bestSell++
  } else {
    book.totalBuy -= taken
    while (book.bestBuy >= 0 && level[book.bestBuy] === 0) book.bestBuy--
  }
  return taken
}

export function addMarketOrder(book: Book, side: Side, units: number): void {
  if (side === 'sell') book.marketSell += units
  else book.marketBuy += units
}
