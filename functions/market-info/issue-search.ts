/** Finds listed issues by code or name. */
import { compareIssueCodes } from '../../market/issue-code.ts'
import type { IssueJson, IssueMaster } from '../../market/market-event.ts'
import { priceToYen } from '../../market/units.ts'

/**
 * Returns up to `limit` issues: first issues whose code starts with `text`, then issues whose name contains `text`, each
 * group in the order of codes. An empty text finds all issues. Width and case do not matter: ｔｏｙｏｔａ finds TOYOTA.
 */
export function findIssues(issues: readonly IssueMaster[], text: string, limit: number): IssueJson[] {
  const wanted = fold(text.trim())
  const ordered = issues.toSorted((a, b) => compareIssueCodes(a.code, b.code))
  const byCode: IssueMaster[] = []
  const byName: IssueMaster[] = []
  for (const issue of ordered) {
    if (fold(issue.code).startsWith(wanted)) byCode.push(issue)
    else if (fold(issue.name).includes(wanted)) byName.push(issue)
  }
  return [...byCode, ...byName]
    .slice(0, limit)
    .map(issue => ({ ...issue, basePrice: priceToYen(issue.basePrice) }))
}

/** Replaces full-width letters and half-width kana by their usual forms (NFKC), and capitals by small letters. */
function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase()
}
