/** Where prices come from, and for whom. Every answer is made from one of these; none knows Lambda or an environment. */
import type { Clock } from '../market/clock.ts'
import { DAY_MICROSECONDS, momentOf, momentToIso } from '../market/moment.ts'
import type { TradingDate } from '../market/units.ts'
import type { TicksTable } from '../tables/ticks/ticks-table.ts'
import { type Audience, DELAY, youngestVisible } from './cut.ts'

export interface PriceSource {
  readonly audience: Audience
  readonly clock: Clock
  readonly ticks: TicksTable
  /** Days for which ticks are kept. */
  readonly keepDays: number
  /** Seconds of real time after which a tick is stored for certain. */
  readonly storeSeconds: number
  /** Whether an issue is listed; everything is while nothing is known. */
  isListed(issue: string): Promise<boolean>
}

/** What every answer says of itself. */
export interface Stamp {
  readonly delay: (typeof DELAY)[Audience]
  /** The market time that the answer is true for. */
  readonly asOf: string
}

/** The youngest market time (epoch µs) that may be shown now. */
export function youngestOf({ audience, clock, storeSeconds }: PriceSource): number {
  return youngestVisible(audience, clock, storeSeconds)
}

/** Whether the ticks of a date are still kept, all of them. */
export function hasTicks({ clock, keepDays }: PriceSource, date: TradingDate): boolean {
  return momentOf(date, 0) >= clock.now() - keepDays * DAY_MICROSECONDS
}

export function stampOf({ audience }: PriceSource, moment: number): Stamp {
  return { delay: DELAY[audience], asOf: momentToIso(moment) }
}
