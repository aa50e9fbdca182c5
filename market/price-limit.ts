/**
 * Daily price limits (制限値幅) and the renewal range of special quotes (特別気配の更新値幅). Prices in 10⁻⁴ yen.
 * Source: the exchange's tables (JPX, "Daily Price Limits" and "Special Quotes").
 */

import { ceilToTick, floorToTick, tickSize } from './tick-size.ts'
import { type FeedPrice, PRICE_SCALE, priceToYen } from './units.ts'

/** Base price below (yen) → largest distance of the day's prices from it, up or down (yen). */
const LIMIT_TABLE: readonly (readonly [below: number, limit: number])[] = [
  [100, 30],
  [200, 50],
  [500, 80],
  [700, 100],
  [1_000, 150],
  [1_500, 300],
  [2_000, 400],
  [3_000, 500],
  [5_000, 700],
  [7_000, 1_000],
  [10_000, 1_500],
  [15_000, 3_000],
  [20_000, 4_000],
  [30_000, 5_000],
  [50_000, 7_000],
  [70_000, 10_000],
  [100_000, 15_000],
  [150_000, 30_000],
  [200_000, 40_000],
  [300_000, 50_000],
  [500_000, 70_000],
  [700_000, 100_000],
  [1_000_000, 150_000],
  [1_500_000, 300_000],
  [2_000_000, 400_000],
  [3_000_000, 500_000],
  [5_000_000, 700_000],
  [7_000_000, 1_000_000],
  [10_000_000, 1_500_000],
  [15_000_000, 3_000_000],
  [20_000_000, 4_000_000],
  [30_000_000, 5_000_000],
  [50_000_000, 7_000_000],
  [Number.POSITIVE_INFINITY, 10_000_000],
]

/** Below a price of 100 yen the renewal range is 5 yen instead of a tenth of the limit. */
const LOW_PRICE = 100 * PRICE_SCALE
const LOW_PRICE_RENEWAL_RANGE = 5 * PRICE_SCALE
/** The renewal range is the daily limit divided by this number. */
const RENEWAL_PARTS = 10

export interface PriceLimits {
  /** ストップ安: the lowest price an order may have today. */
  readonly lower: number
  /** ストップ高: the highest. */
  readonly upper: number
}

/**
 * Returns the largest distance of the day's prices from `basePrice` (基準値段), 10⁻⁴ yen.
 * @throws RangeError if the base price is not positive.
 */
export function dailyLimit(basePrice: FeedPrice): number {
  if (basePrice > 0) {
    for (const [below, limit] of LIMIT_TABLE) if (basePrice < below * PRICE_SCALE) return limit * PRICE_SCALE
  }
  throw new RangeError(`daily price limit: expected a base price above 0, got ${priceToYen(basePrice)} yen`)
}

/** Returns the lowest and highest price of the day. Both are on the tick grid and at least one tick. */
export function priceLimits(basePrice: FeedPrice, topix500: boolean): PriceLimits {
  const limit = dailyLimit(basePrice)
  const lowest = tickSize(1, topix500)
  return {
    lower: ceilToTick(Math.max(basePrice - limit, lowest), topix500),
    upper: floorToTick(basePrice + limit, topix500),
  }
}

/**
 * Returns the renewal range (10⁻⁴ yen): a larger step leads to a special quote, which moves by this amount.
 * @param price the last price or the quote from which the step starts; before the first trade of the day, the base price.
 */
export function renewalRange(price: FeedPrice): number {
  return price < LOW_PRICE ? LOW_PRICE_RENEWAL_RANGE : dailyLimit(price) / RENEWAL_PARTS
}
