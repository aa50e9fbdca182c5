/** Finding listed issues by code or name. */
import { PRICE_SCALE } from '../../market/board.ts'
import { compareIssueCodes } from '../../market/issue-code.ts'
import type { IssueMaster } from '../../market/market-event.ts'

export type IssueJson = Omit<IssueMaster, 'basePrice'> & {
  /** Yen. */
  readonly basePrice: number
}

/**
 * Up to `limit` issues whose code begins with `text`, then those whose name contains it; all in order of code when
 * `text` is empty. Width and case do not matter: ｔｏｙｏｔａ finds TOYOTA.
 */
export function findIssues(issues: readonly IssueMaster[], text: string, limit: number): IssueJson[] {
  const wanted = fold(text.trim())
  const ordered = issues.toSorted((a, b) => compareIssueCodes(a.code, b.code))
  const byCode = ordered.filter(issue => fold(issue.code).startsWith(wanted))
  const byName = ordered.filter(issue => !byCode.includes(issue) && fold(issue.name).includes(wanted))
  return [...byCode, ...byName]
    .slice(0, limit)
    .map(issue => ({ ...issue, basePrice: issue.basePrice / PRICE_SCALE }))
}

/** Full-width letters and half-width kana become their usual forms (NFKC), and capitals small. */
function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase()
}
