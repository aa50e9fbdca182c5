/** A REST API for tests of the page, with issues, delayed boards and status in memory. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { MarketStatus, StoredTrades } from '../../client/page/rest-client.ts'
import type { BarJson } from '../../market/bars.ts'
import type { BoardJson } from '../../market/board-json.ts'
import type { DayBarJson } from '../../market/day-bar.ts'
import type { IssueJson } from '../../market/market-event.ts'
import type { MarketRowJson } from '../../market/market-row.ts'
import type { History, HistoryAnswer } from './bars/history-server.ts'

export interface RestServer {
  readonly url: string
  asOf: string
  issues: readonly IssueJson[]
  /** The delayed boards by issue. */
  readonly boards: Map<string, BoardJson>
  /** The stored trades by issue. Default: none, and none to come. */
  readonly trades: Map<string, StoredTrades>
  /** The delayed bars by issue and interval: `7203 1m`. */
  readonly bars: Map<string, readonly (BarJson | DayBarJson)[]>
  /** The delayed rows of the market. */
  market: readonly MarketRowJson[]
  /** The rows at the close of the trading date before. */
  marketBefore: readonly MarketRowJson[]
  close(): Promise<void>
}

const CLOSE_BEFORE = '2026-11-19T15:30:00.000000+09:00'
/** After every moment of a test. */
const LAST_ASOF = '2099-01-01T00:00:00.000000+09:00'

/** Returns whether live bars need the answer. */
function isOfHistory({ pathname, searchParams }: URL): boolean {
  return (
    /^\/v1\/realtime\/(bars|boards)\/\w+$/.test(pathname) ||
    (pathname === '/v1/calendar' && searchParams.has('from'))
  )
}

function answerOf(body: object | undefined): HistoryAnswer {
  return body === undefined ? { status: 404, body: { status: 404 } } : { status: 200, body }
}

/** @param history the stored bars and boards of registered users. */
export async function startRestServer(
  issues: readonly IssueJson[],
  status: MarketStatus,
  history: Pick<History, 'answer'>,
): Promise<RestServer> {
  const http = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    if (request.method === 'OPTIONS') {
      response
        .writeHead(204, {
          'access-control-allow-origin': '*',
          'access-control-allow-headers': 'authorization',
        })
        .end()
      return
    }
    const { status: code, body } = isOfHistory(url) ? await history.answer(url) : answerOf(answer(url))
    response
      .writeHead(code, {
        'access-control-allow-origin': '*',
        'content-type': 'application/json',
        'cache-control': url.pathname === '/v1/issues' ? 'public, max-age=60' : 'no-store',
      })
      .end(JSON.stringify(body))
  })

  function answer({ pathname, searchParams }: URL): object | undefined {
    if (/^\/v1\/(realtime\/)?status$/.test(pathname)) return { time: rest.asOf, ...status }
    if (pathname === '/v1/calendar') return { nextOpening: '2026-11-24T09:00:00.000000+09:00' }
    if (pathname === '/v1/boards') {
      const codes = searchParams.get('issues')?.split(',') ?? []
      return { delay: 'PT20M', asOf: rest.asOf, boards: codes.flatMap(code => rest.boards.get(code) ?? []) }
    }
    const [, traded] = /^\/v1\/realtime\/trades\/(\w+)$/.exec(pathname) ?? []
    if (traded !== undefined) return rest.trades.get(traded) ?? { asOf: LAST_ASOF, trades: [] }
    const [, barred] = /^\/v1\/bars\/(\w+)$/.exec(pathname) ?? []
    if (barred !== undefined) {
      const interval = searchParams.get('interval') ?? ''
      return { delay: 'PT20M', asOf: rest.asOf, interval, bars: rest.bars.get(`${barred} ${interval}`) ?? [] }
    }
    if (pathname === '/v1/market' && searchParams.has('at'))
      return { delay: 'PT20M', asOf: CLOSE_BEFORE, date: CLOSE_BEFORE.slice(0, 10), rows: rest.marketBefore }
    if (pathname === '/v1/market')
      return { delay: 'PT20M', asOf: rest.asOf, date: rest.asOf.slice(0, 10), rows: rest.market }
    if (!/^\/v1\/(realtime\/)?issues$/.test(pathname)) return undefined
    const query = searchParams.get('q') ?? ''
    const found = rest.issues.filter(({ code, name }) => code.startsWith(query) || name.includes(query))
    return { issues: found.slice(0, Number(searchParams.get('limit'))) }
  }

  await new Promise<void>(resolve => http.listen(0, '127.0.0.1', resolve))
  const rest: RestServer = {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    asOf: '2026-11-20T09:10:05.000000+09:00',
    issues,
    boards: new Map(),
    trades: new Map(),
    bars: new Map(),
    market: [],
    marketBefore: [],
    close: () =>
      new Promise(resolve => {
        http.close(() => resolve())
        http.closeAllConnections()
      }),
  }
  return rest
}
