/** Requests of the page to the REST API. */

import type { BoardJson } from '../../market/board-json.ts'
import type { EventOf, IssueJson } from '../../market/market-event.ts'
import type { ProblemDocument } from '../../market/problem-document.ts'

export interface DelayedBoards {
  /** Market time of the boards. */
  readonly asOf: string
  /** Boards of the issues that had a tick by then. */
  readonly boards: readonly BoardJson[]
}

export interface MarketStatus {
  readonly phase?: EventOf<'phase'>['phase']
  readonly lines: readonly EventOf<'line'>[]
  /** Absent if the system does not publish news to everybody. */
  readonly news?: readonly EventOf<'news'>[]
}

export interface MarketCalendar {
  /** When the next trading date opens: ISO 8601. */
  readonly nextOpening: string
}

/** `cache: 'reload'` bypasses the cache of the browser. */
export type IssuesRequest = Pick<RequestInit, 'signal' | 'cache'>

export interface Rest {
  /** Finds issues whose code or name contains `query`. With an empty query, returns the first issues of the list. */
  issues(query: string, limit: number, request?: IssuesRequest): Promise<readonly IssueJson[]>
  delayedBoards(issues: readonly string[]): Promise<DelayedBoards>
  status(): Promise<MarketStatus>
  calendar(): Promise<MarketCalendar>
}

export function createRest(restUrl: string): Rest {
  async function get<Answer>(path: string, request?: IssuesRequest): Promise<Answer> {
    const response = await fetch(`${restUrl}${path}`, request)
    if (!response.ok) throw new Error(`expected an answer from ${path}, got ${await problemOf(response)}`)
    return (await response.json()) as Answer
  }
  return {
    async issues(query, limit, request) {
      const q = query === '' ? '' : `q=${encodeURIComponent(query)}&`
      return (await get<{ issues: IssueJson[] }>(`/v1/issues?${q}limit=${limit}`, request)).issues
    },
    delayedBoards: issues => get(`/v1/boards?issues=${issues.map(encodeURIComponent).join(',')}`),
    status: () => get('/v1/status'),
    calendar: () => get('/v1/calendar'),
  }
}

/** Returns what a problem document says. A gateway's own errors have no such document. */
async function problemOf(response: Response): Promise<string> {
  if (!response.headers.get('content-type')?.startsWith('application/problem+json'))
    return `${response.status}`
  const { type, title, status, detail } = (await response.json()) as ProblemDocument
  return `${status} ${title} (${type}): ${detail ?? 'no detail'}`
}
