/** Names, base prices and limits of the issues on the boards, from the list of issues. */
import type { Rest } from './rest-client.ts'
import type { PageState } from './state.ts'

/** Results requested to find an issue by its exact code. */
const LOOKUP_LIMIT = 20
/** Milliseconds before a failed request for an issue is repeated. */
const LOOKUP_RETRY = 3_000
/** Longest random wait (ms) before a changed list of issues is read, so that not all pages read it at once. */
const LIST_SPREAD = 3_000

export interface IssueInfos {
  /** Reads the issues of the boards that are not described yet. */
  describe(): void
  /** Reads all of them again: names and base prices may have changed, and issues may be delisted. */
  readAgain(): void
}

export function createIssueInfos(
  rest: Pick<Rest, 'issues'>,
  state: PageState,
  changed: () => void,
): IssueInfos {
  let isPlanned = false

  async function read(code: string, cache: RequestCache): Promise<void> {
    const issue = state.issues.get(code)
    if (issue === undefined || (issue.info !== undefined && cache === 'default')) return
    try {
      const info = (await rest.issues(code, LOOKUP_LIMIT, { cache })).find(one => one.code === code)
      issue.unknown = info === undefined
      if (info !== undefined) issue.info = info
      changed()
    } catch {
      setTimeout(() => void read(code, cache), LOOKUP_RETRY)
    }
  }

  return {
    describe() {
      for (const code of state.issues.keys()) void read(code, 'default')
    },
    readAgain() {
      if (isPlanned) return
      isPlanned = true
      setTimeout(() => {
        isPlanned = false
        for (const code of state.issues.keys()) void read(code, 'reload')
      }, Math.random() * LIST_SPREAD)
    },
  }
}
