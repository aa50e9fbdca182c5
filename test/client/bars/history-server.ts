/** A REST API for tests of bars: one trading date of the issues of a truth, stored up to a moment that tests choose. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type BarInterval, barEnd, INTERVALS } from '../../../market/bar-times.ts'
import { boardToJson } from '../../../market/board-to-json.ts'
import { RULES } from '../../../market/calendar/calendar.ts'
import { calendarDayJson } from '../../../market/calendar/calendar-json.ts'
import { dayBarOf } from '../../../market/day-bar.ts'
import { dayPricesOf, morningEnd } from '../../../market/day-prices.ts'
import { DAY_MICROSECONDS, isoTime, momentFromIso, timeOfDay } from '../../../market/moment.ts'
import { problemType } from '../../../market/problem-document.ts'
import type { DayMicros } from '../../../market/units.ts'
import type { Truth } from '../client-truth.ts'
import { barsUpTo, DATE, HOURS } from './issue-day.ts'

export interface HistoryServer {
  /** The option `history` of the client. */
  readonly url: string
  /** Ticks up to this time are stored, µs of the day. */
  until: DayMicros
  /** Answers the next requests with these statuses. */
  readonly failures: number[]
  /** Path and query of each request. */
  readonly requests: string[]
  readonly unknownIssues: Set<string>
  /** Bars of a page. */
  pageSize: number
  close(): Promise<void>
}

const PAGE = 500

export async function startHistoryServer(truth: Truth): Promise<HistoryServer> {
  const http = createServer(async (request, response) => {
    const { status, body } = await answer(new URL(request.url ?? '', 'http://localhost'))
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })

  async function answer(url: URL): Promise<{ status: number; body: unknown }> {
    server.requests.push(`${url.pathname}${url.search}`)
    const failure = server.failures.shift()
    if (failure !== undefined) return { status: failure, body: { message: 'refused by the test' } }
    const [, , , route = '', issue = ''] = url.pathname.split('/')
    if (url.pathname === '/v1/calendar')
      return { status: 200, body: { days: [calendarDayJson(RULES, DATE)] } }
    if (server.unknownIssues.has(issue)) {
      const body = { type: problemType('unknown-issue'), title: '', status: 404, detail: issue }
      return { status: 404, body }
    }
    if (route === 'boards') return { status: 200, body: boardAnswer(issue, url.searchParams) }
    const body = await barsAnswer(issue, url.searchParams)
    return { status: body.status ?? 200, body }
  }

  function tickAt(issue: string, until: DayMicros) {
    return truth.ticks(issue).findLast(({ time }) => time <= until)
  }

  function boardAnswer(issue: string, parameters: URLSearchParams) {
    const at = timeOfDay(momentFromIso(parameters.get('at') ?? '')!)
    const tick = tickAt(issue, at)
    return { asOf: isoTime(DATE, at), board: tick === undefined ? null : boardToJson(tick) }
  }

  async function barsAnswer(issue: string, parameters: URLSearchParams) {
    const [to, from] = [parameters.get('to'), parameters.get('from')]
    const until = to === null ? server.until : timeOfDay(momentFromIso(to)!)
    const start = from === null ? 0 : timeOfDay(momentFromIso(from)!)
    if (start > until) return { type: problemType('bad-range'), title: 'Bad range', status: 400 }
    const interval = parameters.get('interval') as BarInterval
    const answer = { asOf: isoTime(DATE, until), interval }
    if (interval === '1d') {
      const tick = tickAt(issue, until)
      const day = tick && dayBarOf(DATE, dayPricesOf(tick, tickAt(issue, Math.min(until, morningEnd(HOURS)))))
      return { ...answer, bars: day === undefined ? [] : [day] }
    }
    const length = INTERVALS[interval]
    const bars = (await barsUpTo(truth.ticks(issue), until, length)).filter(
      ({ time }) => barEnd(HOURS, timeOfDay(momentFromIso(time)!), length) > start,
    )
    const first = Number(parameters.get('after') ?? 0)
    const next = first + server.pageSize < bars.length ? { next: String(first + server.pageSize) } : {}
    return { ...answer, bars: bars.slice(first, first + server.pageSize), ...next }
  }

  await new Promise<void>(resolve => http.listen(0, '127.0.0.1', resolve))
  const server: HistoryServer = {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/v1/realtime`,
    until: DAY_MICROSECONDS - 1,
    failures: [],
    requests: [],
    unknownIssues: new Set(),
    pageSize: PAGE,
    close: () =>
      new Promise(resolve => {
        http.close(() => resolve())
        http.closeAllConnections()
      }),
  }
  return server
}
