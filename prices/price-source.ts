/** The source of an answer's prices: table, clock and audience. Answers know nothing of Lambda or its environment. */

import type { Audience } from '../contract/publication.ts'
import type { Calendar } from '../market/calendar/calendar.ts'
import type { Clock } from '../market/clock.ts'
import { DAY_MICROSECONDS, momentOf, momentToIso } from '../market/moment.ts'
import { asEpochMicros, type EpochMicros, type Seconds, type TradingDate } from '../market/units.ts'
import type { TicksTable } from '../tables/ticks/ticks-table.ts'
import { DELAY, marketTime, visibleUntil } from './cut.ts'
import type { Storing } from './storing.ts'

export interface PriceSource {
  readonly audience: Audience
  readonly clock: Clock
  readonly calendar: Calendar
  readonly ticks: TicksTable
  /** Lanes of a line. */
  readonly lanes: number
  /** Days for which ticks are kept. */
  readonly keepDays: number
  /** The time in which a tick is usually stored, seconds of real time. Storing that takes longer is late. */
  readonly storeSeconds: Seconds
  /** Up to which market time the ticks of issues are stored. */
  readonly storing: Storing
  /** Returns whether an issue is listed. Until there is a list, every issue counts as listed. */
  isListed(issue: string): Promise<boolean>
  /**
   * Returns whether an issue certainly has no prices: no line lists it on `date` or later, and it has no finished day. No
   * Query for the issue. False while the lists are incomplete.
   */
  isCertainlyUnknown(issue: string, date: TradingDate): Promise<boolean>
}

/** Returns the source of a request that arrives now. */
export type SourceNow = () => Promise<PriceSource>

/** The members about an answer. */
export interface Stamp {
  readonly delay: (typeof DELAY)[Audience]
  /** The market time that the answer is true for. */
  readonly asOf: string
  /** Not all ticks that the request asks for are stored yet. */
  readonly late?: true
}

export interface Stamped<Data> {
  readonly stamp: Stamp
  readonly data: Data
}

/** Returns the cut if nothing of today is stored, epoch µs. */
export function oldestCut({ audience, clock, storeSeconds }: PriceSource): EpochMicros {
  const storing = marketTime(clock, storeSeconds)
  return visibleUntil(audience, clock.now(), { stored: asEpochMicros(0), storing })
}

/** Returns whether all ticks of a date are still kept. */
export function hasTicks({ clock, keepDays }: PriceSource, date: TradingDate): boolean {
  return momentOf(date, 0) >= clock.now() - keepDays * DAY_MICROSECONDS
}

/** @param isLate whether ticks that the request asks for are not stored yet. */
export function stampOf({ audience }: PriceSource, moment: EpochMicros, isLate: boolean): Stamp {
  return { delay: DELAY[audience], asOf: momentToIso(moment), ...(isLate ? { late: true } : {}) }
}
