/** A REST API with the trades of a {@link Truth}, up to a moment that tests choose. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { momentFromIso, momentToIso } from '../../market/moment.ts'
import { problemType } from '../../market/problem-document.ts'
import type { EpochMicros } from '../../market/units.ts'
import type { Truth } from './client-truth.ts'

export interface HistoryServer {
  readonly address: string
  /** The requests so far, path and query. */
  readonly requests: string[]
  readonly tokens: string[]
  truth: Truth
  /** The moment up to which trades are stored. `undefined`: all are. */
  storedUntil: EpochMicros | undefined
  /** Trades a page. */
  pageSize: number
  /** The status of refusals. `undefined`: requests are answered. */
  refuses: number | undefined
  close(): Promise<void>
}

export async function startHistoryServer(truth: Truth): Promise<HistoryServer> {
  const http = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    server.requests.push(url.pathname + decodeURIComponent(url.search))
    server.tokens.push(request.headers.authorization ?? '')
    const body = server.refuses === undefined ? pageOf(url) : undefined
    const status = server.refuses ?? (body === undefined ? 400 : 200)
    response
      .writeHead(status, { 'content-type': 'application/json' })
      .end(JSON.stringify(body ?? { type: problemType('bad-range'), title: 'Bad range', status }))
  })

  function pageOf({ pathname, searchParams }: URL): object | undefined {
    const trades = server.truth.trades(pathname.split('/').at(-1) ?? '')
    const latest = trades.map(({ time }) => momentFromIso(time)!).reduce((a, b) => (b > a ? b : a))
    const asOf = server.storedUntil ?? momentFromIso(searchParams.get('to') ?? '') ?? latest
    const from = momentFromIso(searchParams.get('from') ?? '') ?? 0
    if (from > asOf) return undefined
    const after = Number(searchParams.get('after') ?? 0)
    const stored = trades.filter(({ time, sequence }) => {
      const moment = momentFromIso(time)!
      return moment >= from && moment <= asOf && sequence > after
    })
    const page = stored.slice(0, server.pageSize)
    const next = stored.length > page.length ? { next: String(page.at(-1)?.sequence) } : {}
    return { delay: 'PT0S', asOf: momentToIso(asOf), trades: page, ...next }
  }

  await new Promise<void>(resolve => http.listen(0, '127.0.0.1', resolve))
  const server: HistoryServer = {
    address: `http://127.0.0.1:${(http.address() as AddressInfo).port}/v1/realtime`,
    requests: [],
    tokens: [],
    truth,
    storedUntil: undefined,
    pageSize: 1_000,
    refuses: undefined,
    close: () =>
      new Promise(resolve => {
        http.close(() => resolve())
        http.closeAllConnections()
      }),
  }
  return server
}
