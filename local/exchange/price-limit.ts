/**
 * Daily price limits (制限値幅) and the renewal range of special quotes (特別気配の更新値幅). Prices in 10⁻⁴ yen.
 * Source: the exchange's tables; a base price of 20 million yen or more is not covered.
 */
import { PRICE_SCALE } from '../../market/board.ts'
import { ceilToTick, floorToTick, tickSize } from './tick-size.ts'

/** Base price below (yen) → how far the day's prices may go from it, up or down (yen). */
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
]

/** Below a base price of 100 yen the renewal range is not a tenth of the limit but 5 yen. */
const LOW_PRICE = 100 * PRICE_SCALE
const LOW_PRICE_RENEWAL_RANGE = 5 * PRICE_SCALE
/** The renewal range is this part of the daily limit. */
const RENEWAL_PARTS = 10

export interface PriceLimits {
  /** ストップ安: the lowest price an order may have today. */
  readonly lower: number
  /** ストップ高: the highest. */
  readonly upper: number
}

/**
 * How far prices may go from `basePrice` (基準値段) in one day.
 * @throws RangeError for a base price that is not positive or beyond the table.
 */
export function dailyLimit(basePrice: number): number {
  if (basePrice > 0) {
    for (const [below, limit] of LIMIT_TABLE) if (basePrice < below * PRICE_SCALE) return limit * PRICE_SCALE
  }
  throw new RangeError(
    `daily price limit: expected a base price above 0 and below 20,000,000 yen, got ${basePrice / PRICE_SCALE} yen`,
  )
}

/** The lowest and highest price of the day, on the tick grid and never below one tick. */
export function priceLimits(basePrice: number, topix500: boolean): PriceLimits {
  const limit = dailyLimit(basePrice)
  const lowest = tickSize(1, topix500)
  return {
    lower: ceilToTick(Math.max(basePrice - limit, lowest), topix500),
    upper: floorToTick(basePrice + limit, topix500),
  }
}

/** How far the next price may be from the last before a special quote is shown, and by how much that is renewed. */
export function renewalRange(basePrice: number): number {
  return basePrice < LOW_PRICE ? LOW_PRICE_RENEWAL_RANGE : dailyLimit(basePrice) / RENEWAL_PARTS
}
