/** Answers the listed issues, with what an audience may have of them. */
import type { IssueMaster } from '../market/market-event.ts'
import type { Answer } from '../rest/rest-function.ts'
import type { Master } from '../tables/boards/master-list.ts'
import { readSectors, type SectorsTable } from '../tables/control/sectors-item.ts'
import { IssueIndex, type IssueQuery } from './issue-search.ts'
import { keepFor } from './keep-for.ts'

/** The query of a request. An absent text finds all issues. */
export type IssuesRequest = Omit<IssueQuery, 'q'> & { readonly q: string | undefined }

/** The sectors change at most once a day; sectors up to this old (real ms) are used. */
const SECTORS_AGE_MS = 60_000

export interface IssuesParts {
  readonly master: Master
  /** The control table, which has the sectors. */
  readonly control: SectorsTable
  /** Whether the audience may have base prices and what is computed from them. */
  readonly withBasePrices: boolean
}

export function createIssuesAnswer({
  master,
  control,
  withBasePrices,
}: IssuesParts): (request: IssuesRequest) => Promise<Answer> {
  const readKeptSectors = keepFor(SECTORS_AGE_MS, () => readSectors(control))
  let index: { readonly listed: readonly IssueMaster[]; readonly issues: IssueIndex } | undefined
  return async ({ q = '', ...query }) => {
    const [listed, sectors] = await Promise.all([master.read(), readKeptSectors()])
    // The master returns the same list until a line has sent a new one.
    if (listed !== index?.listed) {
      const issues = new IssueIndex(listed, { dateOf: code => master.dateOf(code)!, withBasePrices })
      index = { listed, issues }
    }
    return { data: index.issues.find({ q, ...query }, sectors), isEmpty: listed.length === 0 }
  }
}
