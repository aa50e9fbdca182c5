/** The source of an answer's prices: table, clock and audience. Answers know nothing of Lambda or its environment. */
import type { Clock } from '../market/clock.ts'
import { DAY_MICROSECONDS, momentOf, momentToIso } from '../market/moment.ts'
import type { EpochMicros, Seconds, TradingDate } from '../market/units.ts'
import type { TicksTable } from '../tables/ticks/ticks-table.ts'
import { type Audience, DELAY, youngestVisible } from './cut.ts'

export interface PriceSource {
  readonly audience: Audience
  readonly clock: Clock
  readonly ticks: TicksTable
  /** Days for which ticks are kept. */
  readonly keepDays: number
  /** The longest time until a tick is in the table, seconds of real time. */
  readonly storeSeconds: Seconds
  /** Returns whether an issue is listed. Until there is a list, every issue counts as listed. */
  isListed(issue: string): Promise<boolean>
}

/** The members about an answer. */
export interface Stamp {
  readonly delay: (typeof DELAY)[Audience]
  /** The market time that the answer is true for. */
  readonly asOf: string
}

export interface Stamped<Data> {
  readonly stamp: Stamp
  readonly data: Data
}

/** Returns the youngest market time (epoch µs) that may be shown now. */
export function youngestOf({ audience, clock, storeSeconds }: PriceSource): EpochMicros {
  return youngestVisible(audience, clock, storeSeconds)
}

/** Returns whether all ticks of a date are still kept. */
export function hasTicks({ clock, keepDays }: PriceSource, date: TradingDate): boolean {
  return momentOf(date, 0) >= clock.now() - keepDays * DAY_MICROSECONDS
}

export function stampOf({ audience }: PriceSource, moment: EpochMicros): Stamp {
  return { delay: DELAY[audience], asOf: momentToIso(moment) }
}
