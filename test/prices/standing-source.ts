/** Price sources for tests, at a moment that stands still. */

import type { Audience } from '../../contract/publication.ts'
import { RULES } from '../../market/calendar/calendar.ts'
import type { Clock } from '../../market/clock.ts'
import { DAY_MICROSECONDS, momentOf } from '../../market/moment.ts'
import { addMicros, type EpochMicros, earlierOf, type TradingDate } from '../../market/units.ts'
import { DELAY_MICROSECONDS } from '../../prices/cut.ts'
import type { PriceSource } from '../../prices/price-source.ts'
import type { TicksTable } from '../../tables/ticks/ticks-table.ts'
import { LANES } from '../functions/stored-lanes.ts'

export const STORE_SECONDS = 180

/** Returns a clock that stands still at a market time (epoch µs). */
export const standing = (moment: EpochMicros): Clock => ({
  now: () => moment,
  speed: () => 1,
  realMillisecondsUntil: () => 0,
})

const endOf = (date: TradingDate): EpochMicros => momentOf(date, DAY_MICROSECONDS - 1)

/** Returns a source in which every issue is listed, and every tick was stored three minutes after its time. */
export const sourceAt = (ticks: TicksTable, audience: Audience, now: EpochMicros): PriceSource => ({
  audience,
  calendar: RULES,
  clock: standing(now),
  ticks,
  lanes: LANES,
  keepDays: 31,
  storeSeconds: STORE_SECONDS,
  storing: { until: async date => earlierOf(endOf(date), addMicros(now, -STORE_SECONDS * 1_000_000)) },
  isListed: async () => true,
  isCertainlyUnknown: async () => false,
})

/** Returns the market time (epoch µs) at which the cut of an audience is at `cut`. */
export const nowFor = (audience: Audience, cut: EpochMicros): EpochMicros =>
  addMicros(cut, audience === 'everybody' ? DELAY_MICROSECONDS : STORE_SECONDS * 1_000_000)
