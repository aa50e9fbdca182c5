/** Decides which issues are known: listed issues, and issues with stored ticks or days. */
import { dateOf } from '../market/moment.ts'
import { Problem } from '../rest/problem.ts'
import { hasDays } from '../tables/ticks/day-items.ts'
import { tickAsOf } from '../tables/ticks/read-ticks.ts'
import { oldestCut, type PriceSource } from './price-source.ts'
import { type DayRange, tradingDateBefore } from './range.ts'

/** The last moment whose ticks make an issue known. */
type Until = Pick<DayRange, 'date' | 'until'>

/** @throws Problem if the issue is not known. */
export async function checkIssueIsKnown(
  source: PriceSource,
  issue: string,
  until: Until | undefined,
): Promise<void> {
  if (await isKnown(source, issue, until)) return
  throw new Problem(
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
  const known = await Promise.all(issues.map(issue => isKnown(source, issue, until)))
  const unknown = issues.filter((_, index) => !known[index])
  return unknown.length === 0 ? {} : { unknown }
}

async function isKnown(source: PriceSource, issue: string, until: Until | undefined): Promise<boolean> {
  if (await source.isListed(issue)) return true
  // The day of the cut may be finished before its first tick may be shown, so only days before it count.
  const before = tradingDateBefore(dateOf(oldestCut(source)))
  if (await hasDays(source.ticks, issue, before)) return true
  return until !== undefined && (await tickAsOf(source.ticks, issue, until.date, until.until)) !== undefined
}
