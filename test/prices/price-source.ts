/** Sources of prices for tests: for anybody, at any moment. */

import type { Clock } from '../../market/clock.ts'
import { addMicros, type EpochMicros } from '../../market/units.ts'
import type { Audience } from '../../prices/cut.ts'
import { DELAY_MICROSECONDS } from '../../prices/cut.ts'
import type { PriceSource } from '../../prices/price-source.ts'
import type { TicksTable } from '../../tables/ticks/ticks-table.ts'

export const STORE_SECONDS = 180

/** A clock that stands still at a market time (epoch µs). */
export const standing = (moment: EpochMicros): Clock => ({
  now: () => moment,
  speed: () => 1,
  realMillisecondsUntil: () => 0,
})

/** Everything is listed. */
export const sourceAt = (ticks: TicksTable, audience: Audience, now: EpochMicros): PriceSource => ({
  audience,
  clock: standing(now),
  ticks,
  keepDays: 31,
  storeSeconds: STORE_SECONDS,
  isListed: async () => true,
})

/** When the cut for an audience stands at `cut`. */
export const nowFor = (audience: Audience, cut: EpochMicros): EpochMicros =>
  addMicros(cut, audience === 'everybody' ? DELAY_MICROSECONDS : STORE_SECONDS * 1_000_000)
