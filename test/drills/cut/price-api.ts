/** The price routes as a drill calls them: directly, or through the real functions. */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { type BarsRequest, barsIn } from '../../../prices/bars-answer.ts'
import { boardAsOf, boardsAsOf } from '../../../prices/boards-answer.ts'
import { dayAsOf } from '../../../prices/days-answer.ts'
import type { PriceSource, Stamp } from '../../../prices/price-source.ts'
import { type PageRequest, ticksOf, tradesOf } from '../../../prices/ticks-answer.ts'
import { getRequest } from '../../functions/invoke.ts'

interface Answer<Data> {
  readonly stamp: Pick<Stamp, 'asOf'>
  readonly data: Data
}

type Point = { readonly price: number }

/** Returns answers as the routes do. Throws a refusal as a problem. */
export interface PriceApi {
  board(issue: string, at: string | undefined): Promise<Answer<{ readonly board: unknown }>>
  boards(issues: readonly string[], at: string | undefined): Promise<Answer<{ readonly boards: unknown }>>
  ticks(request: PageRequest): Promise<Answer<{ readonly ticks: unknown; readonly next?: string }>>
  trades(request: PageRequest): Promise<Answer<{ readonly trades: unknown; readonly next?: string }>>
  bars(request: BarsRequest): Promise<Answer<{ readonly bars: unknown }>>
  day(
    issue: string,
    at: string | undefined,
  ): Promise<
    Answer<{
      readonly day: {
        readonly open?: Point
        readonly high?: Point
        readonly low?: Point
        readonly last?: Point
        readonly volume?: number
      }
    }>
  >
}

/** Calls the answers directly. */
export function coreApi(source: PriceSource): PriceApi {
  return {
    board: (issue, at) => boardAsOf(source, issue, at),
    boards: (issues, at) => boardsAsOf(source, issues, at),
    ticks: request => ticksOf(source, request),
    trades: request => tradesOf(source, request),
    bars: request => barsIn(source, request),
    day: (issue, at) => dayAsOf(source, issue, at),
  }
}

type Handler = (request: APIGatewayProxyEventV2) => Promise<APIGatewayProxyStructuredResultV2>

/**
 * Calls a function whose routes start with `prefix`.
 * @throws Error like the {@link Problem} of a problem document.
 */
export function handlerApi(handler: Handler, prefix: string): PriceApi {
  const ask = async <Data>(path: string, query: object): Promise<Answer<Data>> => {
    const present = Object.entries(query).filter(([, value]) => value !== undefined)
    const texts = Object.fromEntries(present.map(([name, value]) => [name, String(value)]))
    const { statusCode, body = '' } = await handler(getRequest(prefix + path, texts))
    const { delay: _, asOf, ...data } = JSON.parse(body)
    if (statusCode === 200) return { stamp: { asOf }, data }
    const code = String(data.type).split(':').at(-1)
    throw Object.assign(new Error(data.detail), { name: 'Problem', code })
  }
  return {
    board: (issue, at) => ask(`/boards/${issue}`, { at }),
    boards: (issues, at) => ask('/boards', { issues: issues.join(), at }),
    ticks: ({ issue, ...query }) => ask(`/ticks/${issue}`, query),
    trades: ({ issue, ...query }) => ask(`/trades/${issue}`, query),
    bars: ({ issue, ...query }) => ask(`/bars/${issue}`, query),
    day: (issue, at) => ask(`/days/${issue}`, { at }),
  }
}
