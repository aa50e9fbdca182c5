/**
 * Tick sizes (呼値の単位): the steps a price may take. Prices in 10⁻⁴ yen.
 * Source: the exchange's table; TOPIX500 issues have the finer column.
 */
import { type FeedPrice, PRICE_SCALE } from './units.ts'

/** Price at or below (yen) → tick of a TOPIX500 issue, tick of any other (yen). */
const TICK_TABLE: readonly (readonly [upTo: number, topix500: number, other: number])[] = [
  [1_000, 0.1, 1],
  [3_000, 0.5, 1],
  [5_000, 1, 5],
  [10_000, 1, 10],
  [30_000, 5, 10],
  [50_000, 10, 50],
  [100_000, 10, 100],
  [300_000, 50, 100],
  [500_000, 100, 500],
  [1_000_000, 100, 1_000],
  [3_000_000, 500, 1_000],
  [5_000_000, 1_000, 5_000],
  [10_000_000, 1_000, 10_000],
  [30_000_000, 5_000, 10_000],
  [50_000_000, 10_000, 50_000],
  [Number.POSITIVE_INFINITY, 10_000, 100_000],
]

/** Returns the tick size at `price` (10⁻⁴ yen). A price at a border of the table belongs to the band below. */
export function tickSize(price: FeedPrice, topix500: boolean): FeedPrice {
  for (const [upTo, fine, coarse] of TICK_TABLE) {
    if (price <= upTo * PRICE_SCALE) return Math.round((topix500 ? fine : coarse) * PRICE_SCALE)
  }
  throw new RangeError(`tick size: expected a price, got ${price}`)
}

/** Returns the highest price on the tick grid at or below `price`. */
export function floorToTick(price: FeedPrice, topix500: boolean): FeedPrice {
  return price - (price % tickSize(price, topix500))
}

/** Returns the lowest price on the tick grid at or above `price`. */
export function ceilToTick(price: FeedPrice, topix500: boolean): FeedPrice {
  const floor = floorToTick(price, topix500)
  return floor === price ? price : nextPriceUp(floor, topix500)
}

/** Returns the price one tick above `price`. `price` must be on the grid. */
export function nextPriceUp(price: FeedPrice, topix500: boolean): FeedPrice {
  // Above a border the tick size of the next band applies.
  return price + tickSize(price + 1, topix500)
}
