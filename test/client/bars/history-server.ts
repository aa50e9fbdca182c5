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

export interface History {
  /** Ticks up to this time are stored, µs of the day. */
  until: DayMicros
  /** Answers the next requests with these statuses. */
  readonly failures: number[]
  /** Path and query of each request. */
  readonly requests: string[]
  readonly unknownIssues: Set<string>
  /** Bars of a page. */
  pageSize: number
  /** Answers a request. */
  answer(url: URL): Promise<HistoryAnswer>
}

export interface HistoryAnswer {
  readonly status: number
  readonly body: unknown
}

export interface HistoryServer extends History {
  /** The option `history` of the client. */
  readonly url: string
  close(): Promise<void>
}

const PAGE = 500

/** The history of a truth without a server. */
export function createHistory(truth: Truth): History {
  async function answer(url: URL): Promise<HistoryAnswer> {
    history.requests.push(`${url.pathname}${url.search}`)
    const failure = history.failures.shift()
    if (failure !== undefined) return { status: failure, body: { message: 'refused by the test' } }
    const [, , , route = '', issue = ''] = url.pathname.split('/')
    if (url.pathname === '/v1/calendar')
      return { status: 200, body: { days: [calendarDayJson(RULES, DATE)] } }
    if (history.unknownIssues.has(issue)) {
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
    const until = to === null ? history.until : timeOfDay(momentFromIso(to)!)
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
    const end = first + history.pageSize
    const next = end < bars.length ? { next: String(end) } : {}
    return { ...answer, bars: bars.slice(first, end), ...next }
  }

  const history: History = {
    until: DAY_MICROSECONDS - 1,
    failures: [],
    requests: [],
    unknownIssues: new Set(),
    pageSize: PAGE,
    answer,
  }
  return history
}

export async function startHistoryServer(truth: Truth): Promise<HistoryServer> {
  const history = createHistory(truth)
  const http = createServer(async (request, response) => {
    const { status, body } = await history.answer(new URL(request.url ?? '', 'http://localhost'))
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  await new Promise<void>(resolve => http.listen(0, '127.0.0.1', resolve))
  return Object.assign(history, {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/v1/realtime`,
    close: () =>
      new Promise<void>(resolve => {
        http.close(() => resolve())
        http.closeAllConnections()
      }),
  })
}
