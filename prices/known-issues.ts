/**
 * Decides which issues are known: listed issues, and issues with stored ticks or days.
 *
 * Unknown codes are refused first, by lists that an environment keeps, because anybody can invent codes and each would
 * cost Queries. While the issue master is incomplete or of an earlier date, stored ticks and days decide.
 */

import { dateOf } from '../market/moment.ts'
import { Problem } from '../rest/problem.ts'
import { hasDays } from '../tables/ticks/day-items.ts'
import { tickAsOf } from '../tables/ticks/read-ticks.ts'
import { mapEach } from './map-each.ts'
import { oldestCut, type PriceSource } from './price-source.ts'
import { type DayRange, tradingMoment } from './range.ts'

/** The last moment whose ticks make an issue known. */
type Until = Pick<DayRange, 'date' | 'until'>

/** Issues of one request that are read at the same time. */
export const ISSUES_IN_FLIGHT = 16

/** Refuses an issue that is certainly not known, before anything is read for it. @throws Problem */
export async function refuseUnknown(source: PriceSource, issue: string): Promise<void> {
  if (await isCertainlyUnknown(source, issue)) throw unknownIssue(issue)
}

/** Returns the issues that may be known. */
export async function maybeKnown(source: PriceSource, issues: readonly string[]): Promise<string[]> {
  const unknown = await Promise.all(issues.map(issue => isCertainlyUnknown(source, issue)))
  return issues.filter((_, index) => !unknown[index])
}

/** @throws Problem if the issue is not known. */
export async function checkIssueIsKnown(
  source: PriceSource,
  issue: string,
  until: Until | undefined,
): Promise<void> {
  if (await isKnown(source, issue, until)) return
  throw unknownIssue(issue)
}

function unknownIssue(issue: string): Problem {
  return new Problem(
    'unknown-issue',
    `issue: expected a listed issue, or an issue with ticks, got "${issue}"`,
    { issue },
  )
}

/** Returns the `unknown` member of an answer: the issues that are not known. Returns no member if all are known. */
export async function unknownMember(
  source: PriceSource,
  issues: readonly string[],
  until: Until,
): Promise<{ unknown?: string[] }> {
  const known = await mapEach(issues, ISSUES_IN_FLIGHT, issue => isKnown(source, issue, until))
  const unknown = issues.filter((_, index) => !known[index])
  return unknown.length === 0 ? {} : { unknown }
}

async function isKnown(source: PriceSource, issue: string, until: Until | undefined): Promise<boolean> {
  if (await source.isListed(issue)) return true
  if (await isCertainlyUnknown(source, issue)) return false
  // The day of the cut may be finished before its first tick may be shown, so only days before it count.
  const before = source.calendar.tradingDateBefore(dateOf(oldestCut(source)))
  if (await hasDays(source.ticks, issue, before)) return true
  return until !== undefined && (await tickAsOf(source.ticks, issue, until.date, until.until)) !== undefined
}

/** The lists must be of the date whose ticks are the newest that may be stored: from order acceptance on, today. */
function isCertainlyUnknown(source: PriceSource, issue: string): Promise<boolean> {
  const { calendar, clock } = source
  const { date, until } = tradingMoment(calendar, clock.now())
  const hasNoTicks = until < calendar.hoursOf(date).orders
  return source.isCertainlyUnknown(issue, hasNoTicks ? calendar.tradingDateBefore(date) : date)
}
