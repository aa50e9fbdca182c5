/** The routes of stored prices: the same for everybody and, under a path of their own, for a token. */
import {
  type Answer,
  answerJson,
  type KeepFor,
  pathIssue,
  queryIssues,
  queryOf,
  queryWhole,
  type Request,
} from '../lambda/rest-function.ts'
import { barsIn } from './bars-answer.ts'
import { boardAsOf, boardsAsOf } from './boards-answer.ts'
import { dayAsOf, daysAsOf } from './days-answer.ts'
import type { PriceSource } from './price-source.ts'
import { ticksOf, tradesOf } from './ticks-answer.ts'

/** A tick is about 1 KB of JSON, a trade 0.2 KB, and an answer has 6 MB at most (Lambda quotas). */
const MAX_TICKS = 2_000
const TICKS_BY_DEFAULT = 200
const MAX_TRADES = 5_000
const TRADES_BY_DEFAULT = 500

/** For how long answers may be kept. */
export interface KeepTimes {
  /** One for a moment that was named: what has been does not change. */
  readonly named: KeepFor
  /** One for the youngest moment there is, which moves on. */
  readonly moving: KeepFor
}

type Route = (request: Request) => Promise<Answer>

/** By the end of their path. */
export function priceRoutes(source: PriceSource, keep: KeepTimes) {
  const answer = (
    request: Request,
    moment: 'at' | 'to',
    { stamp, data }: { stamp: object; data: object },
  ): Answer =>
    answerJson(request, stamp, data, queryOf(request, moment) === undefined ? keep.moving : keep.named)

  return {
    '/boards/{issue}': async request =>
      answer(request, 'at', await boardAsOf(source, pathIssue(request), queryOf(request, 'at'))),
    '/boards': async request =>
      answer(request, 'at', await boardsAsOf(source, queryIssues(request), queryOf(request, 'at'))),
    '/ticks/{issue}': async request =>
      answer(request, 'to', await ticksOf(source, pageOf(request, MAX_TICKS, TICKS_BY_DEFAULT))),
    '/trades/{issue}': async request =>
      answer(request, 'to', await tradesOf(source, pageOf(request, MAX_TRADES, TRADES_BY_DEFAULT))),
    '/bars/{issue}': async request =>
      answer(
        request,
        'to',
        await barsIn(source, { ...rangeOf(request), interval: queryOf(request, 'interval') }),
      ),
    '/days/{issue}': async request =>
      answer(request, 'at', await dayAsOf(source, pathIssue(request), queryOf(request, 'at'))),
    '/days': async request =>
      answer(request, 'at', await daysAsOf(source, queryIssues(request), queryOf(request, 'at'))),
  } satisfies Record<string, Route>
}

/** `routes` with what their paths begin with. */
export function under(prefix: string, routes: Readonly<Record<string, Route>>): Record<string, Route> {
  return Object.fromEntries(Object.entries(routes).map(([path, route]) => [prefix + path, route]))
}

function rangeOf(request: Request) {
  return { issue: pathIssue(request), from: queryOf(request, 'from'), to: queryOf(request, 'to') }
}

function pageOf(request: Request, most: number, usual: number) {
  const limit = queryWhole(request, 'limit', 1, most, usual)
  return { ...rangeOf(request), limit, after: queryOf(request, 'after') }
}
