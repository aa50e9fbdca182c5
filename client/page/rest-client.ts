/** Requests of the page to the REST API. */

import type { BoardJson, TradeJson } from '../../market/board-json.ts'
import type { EventOf, IssueJson } from '../../market/market-event.ts'
import type { MarketRowJson } from '../../market/market-row.ts'
import type { ProblemDocument } from '../../market/problem-document.ts'
import type { ChartBar, Interval } from './chart-bars.ts'

/** More issues than are listed. An answer has some 2,000 of them at most, and the rest on further pages. */
const ISSUES_LIMIT = 5_000

/** The most trades of a page. */
const TRADES_LIMIT = 5_000

interface IssuesPage {
  readonly issues: readonly IssueJson[]
  readonly next?: string
}

export interface DelayedBoards {
  /** Market time of the boards. */
  readonly asOf: string
  /** Boards of the issues that had a tick by then. */
  readonly boards: readonly BoardJson[]
}

export interface DelayedMarket {
  /** Market time of the rows. */
  readonly asOf: string
  /** Trading date of the rows. */
  readonly date: string
  /** Issues that have traded on this date. */
  readonly rows: readonly MarketRowJson[]
  /** Ticks are not stored yet. */
  readonly late?: true
}

/** Where bars start; default: with the trading date of the cut. */
export interface BarsRange {
  readonly from?: string
}

export interface Bars {
  /** The bars are complete up to this market time. */
  readonly asOf: string
  /** Oldest first. */
  readonly bars: readonly ChartBar[]
}

/** A stored trade. After lost messages it has `lost`, and a price only if its own message has a trade. */
export type StoredTrade = Pick<TradeJson, 'time' | 'sequence'> &
  Partial<Omit<TradeJson, 'time' | 'sequence'>> & { readonly lost?: true; readonly lostQuantity?: number }

export interface StoredTrades {
  /** The trades are complete up to this market time. */
  readonly asOf: string
  /** Oldest first. */
  readonly trades: readonly StoredTrade[]
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
  /** Returns all issues, page by page. */
  allIssues(): Promise<readonly IssueJson[]>
  market(): Promise<DelayedMarket>
  /** Returns the market at the close of the trading date before a date. */
  marketBefore(date: string): Promise<DelayedMarket>
  /** Returns delayed bars, page by page. */
  bars(issue: string, interval: Interval, range: BarsRange): Promise<Bars>
  /** Returns the stored trades of an issue on a date from a moment on, page by page. */
  realtimeTrades(issue: string, from: string, token: string): Promise<StoredTrades>
  delayedBoards(issues: readonly string[]): Promise<DelayedBoards>
  status(): Promise<MarketStatus>
  calendar(): Promise<MarketCalendar>
}

/** @param token returns the access token of a signed-in user: registered users may see more. */
export function createRest(
  restUrl: string,
  token: () => Promise<string | undefined> = async () => undefined,
): Rest {
  /** Requests a route that shows registered users more: with their token. */
  async function getOwn<Answer>(route: string, request: RequestInit = {}): Promise<Answer> {
    const held = await token()
    return held === undefined
      ? get(`/v1/${route}`, request)
      : get(`/v1/realtime/${route}`, { ...request, ...withToken(held) })
  }

  async function get<Answer>(path: string, request?: RequestInit): Promise<Answer> {
    const response = await fetch(`${restUrl}${path}`, request)
    if (!response.ok) throw new Error(`expected an answer from ${path}, got ${await problemOf(response)}`)
    return (await response.json()) as Answer
  }
  return {
    async issues(query, limit, request) {
      const q = query === '' ? '' : `q=${encodeURIComponent(query)}&`
      return (await getOwn<IssuesPage>(`issues?${q}limit=${limit}`, request)).issues
    },
    async allIssues() {
      const all: IssueJson[] = []
      for (let after = ''; ; ) {
        const { issues, next } = await getOwn<IssuesPage>(`issues?limit=${ISSUES_LIMIT}${after}`)
        all.push(...issues)
        if (next === undefined) return all
        after = `&after=${encodeURIComponent(next)}`
      }
    },
    async bars(issue, interval, { from }) {
      const bars: ChartBar[] = []
      const start = from === undefined ? '' : `&from=${encodeURIComponent(from)}`
      const path = `/v1/bars/${issue}?interval=${interval}${start}`
      for (let after = ''; ; ) {
        const page = await get<Bars & { next?: string }>(path + after)
        bars.push(...page.bars)
        if (page.next === undefined) return { asOf: page.asOf, bars }
        after = `&to=${encodeURIComponent(page.asOf)}&after=${encodeURIComponent(page.next)}`
      }
    },
    async realtimeTrades(issue, from, held) {
      const trades: StoredTrade[] = []
      const path = `/v1/realtime/trades/${issue}?limit=${TRADES_LIMIT}&from=${encodeURIComponent(from)}`
      for (let after = ''; ; ) {
        const page = await get<StoredTrades & { next?: string }>(path + after, withToken(held))
        trades.push(...page.trades)
        if (page.next === undefined) return { asOf: page.asOf, trades }
        after = `&to=${encodeURIComponent(page.asOf)}&after=${encodeURIComponent(page.next)}`
      }
    },
    market: () => get('/v1/market'),
    // Until order acceptance the rows are those of the trading date before.
    marketBefore: date => get(`/v1/market?at=${encodeURIComponent(`${date}T00:00:00+09:00`)}`),
    delayedBoards: issues => get(`/v1/boards?issues=${issues.map(encodeURIComponent).join(',')}`),
    status: () => getOwn('status'),
    calendar: () => get('/v1/calendar'),
  }
}

function withToken(token: string): RequestInit {
  return { headers: { authorization: `Bearer ${token}` } }
}

/** Returns what a problem document says. A gateway's own errors have no such document. */
async function problemOf(response: Response): Promise<string> {
  if (!response.headers.get('content-type')?.startsWith('application/problem+json'))
    return `${response.status}`
  const { type, title, status, detail } = (await response.json()) as ProblemDocument
  return `${status} ${title} (${type}): ${detail ?? 'no detail'}`
}
