/** Which issues there are: those that are listed, and those of which something is stored. */

import { dateOf } from '../market/moment.ts'
import type { TradingDate } from '../market/units.ts'
import { Problem } from '../rest/problem.ts'
import type { BoardsTable } from '../tables/boards/boards-table.ts'
import { createMaster } from '../tables/boards/master-list.ts'
import { hasDays } from '../tables/ticks/day-items.ts'
import { tickAsOf } from '../tables/ticks/read-ticks.ts'
import { type PriceSource, youngestOf } from './price-source.ts'
import { tradingDateBefore } from './range.ts'

/** The list of issues is looked at again after so long (real ms): it changes once a day. */
const LIST_AGE_MS = 60_000

/** What {@link PriceSource.isListed} is made of: the issue master, kept for a minute. */
export function createListing(table: BoardsTable): (issue: string) => Promise<boolean> {
  const master = createMaster(table)
  let codes: Promise<ReadonlySet<string>> | undefined
  let readAt = -Infinity
  const read = async (): Promise<ReadonlySet<string>> =>
    new Set((await master.read()).map(({ code }) => code))
  return async issue => {
    if (codes === undefined || Date.now() - readAt > LIST_AGE_MS) {
      codes = read()
      readAt = Date.now()
      // One that failed is not kept.
      codes.catch(() => {
        readAt = -Infinity
      })
    }
    const listed = await codes
    return listed.size === 0 || listed.has(issue)
  }
}

/** How far an issue's ticks are looked for: µs of the trading date. */
export interface Until {
  readonly date: TradingDate
  readonly until: number
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
