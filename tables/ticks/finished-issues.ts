/**
 * The list of all issues that have a finished day. With it, a reader knows that a code has no prices without a Query for
 * the code. close-of-day writes one item a part of the archive, so that parts do not wait for each other.
 */
import type { EpochSeconds } from '../../market/units.ts'
import { FINISHED_ISSUES_KEY, type FinishedIssuesItem } from './ticks-item.ts'
import { query, type TicksTable } from './ticks-table.ts'

/** Returns all issues with a finished day, by one Query (about 30 KB, 4 read units); none before the first finished day. */
export async function readFinishedIssues(table: TicksTable): Promise<ReadonlySet<string>> {
  const { items } = await query<FinishedIssuesItem>(table, FINISHED_ISSUES_KEY, {
    condition: '#key = :key AND #time >= :first',
    values: { ':first': partTime(0) },
  })
  return new Set(items.flatMap(codesOf))
}

/**
 * Returns the item of a part with the issues that it had, and those of a day.
 * @param expires epoch seconds.
 */
export async function finishedIssuesItem(
  { client, table }: TicksTable,
  part: number,
  issues: readonly string[],
  expires: EpochSeconds,
): Promise<FinishedIssuesItem> {
  const consistent = { client, table, consistent: true }
  const { items } = await query<FinishedIssuesItem>(consistent, FINISHED_ISSUES_KEY, {
    condition: '#key = :key AND #time = :part',
    values: { ':part': partTime(part) },
  })
  const codes = [...new Set([...items.flatMap(codesOf), ...issues])].sort()
  const latest = Math.max(expires, ...items.map(item => item.expires))
  return {
    key: FINISHED_ISSUES_KEY,
    time: partTime(part),
    expires: latest as EpochSeconds,
    codes: codes.join(','),
  }
}

function codesOf({ codes }: FinishedIssuesItem): string[] {
  return codes.split(',')
}

function partTime(part: number): string {
  return String(part).padStart(2, '0')
}
