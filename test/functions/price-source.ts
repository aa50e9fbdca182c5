/** Sources of prices for tests: for anybody, at any moment. */
import type { Audience } from '../../functions/shared/cut.ts'
import { DELAY_MICROSECONDS } from '../../functions/shared/cut.ts'
import type { TicksTable } from '../../functions/shared/history/packs.ts'
import type { PriceSource } from '../../functions/shared/prices/source.ts'
import type { Clock } from '../../market/clock.ts'

export const STORE_SECONDS = 180

/** A clock that stands still at a market time (epoch µs). */
export const standing = (moment: number): Clock => ({
  now: () => moment,
  speed: () => 1,
  realMillisecondsUntil: () => 0,
})

/** Everything is listed. */
export const sourceAt = (ticks: TicksTable, audience: Audience, now: number): PriceSource => ({
  audience,
  clock: standing(now),
  ticks,
  keepDays: 31,
  storeSeconds: STORE_SECONDS,
  isListed: async () => true,
})

/** When the cut for an audience stands at `cut`. */
export const nowFor = (audience: Audience, cut: number): number =>
  cut + (audience === 'everybody' ? DELAY_MICROSECONDS : STORE_SECONDS * 1_000_000)
