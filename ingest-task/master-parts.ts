/** The parts in which a task publishes the issue master of its line, and repeats it. */
import { hash } from 'node:crypto'
import { createIssueLists, type IssueList } from '../market/issue-parts.ts'
import type { EventOf, IssueMaster, StreamEvent } from '../market/market-event.ts'
import type { TradingDate } from '../market/units.ts'

/** Issues in one part: 5 KB compressed, 9 KB if all have names in kana and English. */
const ISSUES_PER_PART = 300
/** Characters of the hash in a version: 96 bits. */
const VERSION_LENGTH = 16

/** Splits the issue master of a line into parts. */
export function masterParts(
  line: number,
  tradingDate: TradingDate,
  issues: readonly IssueMaster[],
): EventOf<'issues'>[] {
  const parts = Math.ceil(issues.length / ISSUES_PER_PART)
  const version = hash('sha256', JSON.stringify(issues), 'base64url').slice(0, VERSION_LENGTH)
  return Array.from({ length: parts }, (_, part) => {
    const some = issues.slice(part * ISSUES_PER_PART, (part + 1) * ISSUES_PER_PART)
    return { type: 'issues', line, tradingDate, part, parts, version, issues: some }
  })
}

/** Returns the newest list of a line of which `events` have all parts; an empty list if there is none. */
export function newestMaster(events: Iterable<StreamEvent>): IssueList {
  const lists = createIssueLists()
  let newest: IssueList = []
  for (const event of events) if (event.type === 'issues') newest = lists.add(event) ?? newest
  return newest
}
