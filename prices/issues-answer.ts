/** Answers the listed issues, with what an audience may have of them. */
import type { IssueMaster } from '../market/market-event.ts'
import type { Answer } from '../rest/rest-function.ts'
import type { Master } from '../tables/boards/master-list.ts'
import { IssueIndex, type IssueQuery } from './issue-search.ts'

/** The query of a request. An absent text finds all issues. */
export type IssuesRequest = Omit<IssueQuery, 'q'> & { readonly q: string | undefined }

/** @param withBasePrices whether the audience may have base prices and what is computed from them. */
export function createIssuesAnswer(
  master: Master,
  withBasePrices: boolean,
): (request: IssuesRequest) => Promise<Answer> {
  let index: { readonly listed: readonly IssueMaster[]; readonly issues: IssueIndex } | undefined
  return async ({ q = '', limit, after }) => {
    const listed = await master.read()
    // The master returns the same list until a line has sent a new one.
    if (listed !== index?.listed) {
      const issues = new IssueIndex(listed, { dateOf: code => master.dateOf(code)!, withBasePrices })
      index = { listed, issues }
    }
    return { data: index.issues.find({ q, limit, after }), isEmpty: listed.length === 0 }
  }
}
