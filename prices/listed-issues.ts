/** Which issues there are: those that are listed, and those of which something is stored. */

import { dateOf } from '../market/moment.ts'
import type { DayMicros, TradingDate } from '../market/units.ts'
import { Problem } from '../rest/problem.ts'
import { hasDays } from '../tables/ticks/day-items.ts'
import { tickAsOf } from '../tables/ticks/read-ticks.ts'
import { type PriceSource, youngestOf } from './price-source.ts'
import { tradingDateBefore } from './range.ts'

/** How far an issue's ticks are looked for: µs of the trading date. */
export interface Until {
  readonly date: TradingDate
  readonly until: DayMicros
}

/** Whether an issue may be asked for: it is listed, had a day, or has a tick by then. */
async function isKnown(source: PriceSource, issue: string, by: Until | undefined): Promise<boolean> {
  if (await source.isListed(issue)) return true
  // The day of the cut may be finished before its first tick may be shown.
  const before = tradingDateBefore(dateOf(youngestOf(source)))
  if (await hasDays(source.ticks, issue, before)) return true
  return by !== undefined && (await tickAsOf(source.ticks, issue, by.date, by.until)) !== undefined
}

/** @throws Problem for an issue of which nothing is known. */
export async function checkKnown(source: PriceSource, issue: string, by: Until | undefined): Promise<void> {
  if (await isKnown(source, issue, by)) return
  throw new Problem(
    'unknown-issue',
    `issue: expected a listed issue, or one that has ticks, got "${issue}"`,
    { issue },
  )
}

/** Those of `issues` of which nothing is known, as the member of an answer; no member where there are none. */
export async function unknownOf(
  source: PriceSource,
  issues: readonly string[],
  by: Until,
): Promise<{ unknown?: string[] }> {
  const known = await Promise.all(issues.map(issue => isKnown(source, issue, by)))
  const unknown = issues.filter((_, index) => !known[index])
  return unknown.length === 0 ? {} : { unknown }
}
