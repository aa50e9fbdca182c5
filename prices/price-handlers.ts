/** Handlers of the routes of stored prices: the same for everybody and, under another path, for registered users. */
import type { Handler } from '../rest/rest-function.ts'
import type { PathsOf } from '../rest/rest-routes.ts'
import { barsIn } from './bars-answer.ts'
import { boardAsOf, boardsAsOf } from './boards-answer.ts'
import { dayAsOf, daysAsOf } from './days-answer.ts'
import { marketAsOf } from './market-answer.ts'
import type { SourceNow } from './price-source.ts'
import { ticksOf, tradesOf } from './ticks-answer.ts'

/** The end of the path of a route that exists with and without the delay. */
type PricePath =
  PathsOf<'delayed-prices'> extends infer Path ? (Path extends `/v1${infer End}` ? End : never) : never

type PriceHandlers = { readonly [End in PricePath]: Handler<`/v1/realtime${End}`> }

/** Returns handlers by the end of their path. */
export function priceHandlers(source: SourceNow): PriceHandlers {
  return {
    '/boards/{issue}': async ({ issue, query }) => boardAsOf(await source(), issue, query.at),
    '/boards': async ({ query }) => boardsAsOf(await source(), query.issues, query.at),
    '/ticks/{issue}': async ({ issue, query }) => ticksOf(await source(), { issue, ...query }),
    '/trades/{issue}': async ({ issue, query }) => tradesOf(await source(), { issue, ...query }),
    '/bars/{issue}': async ({ issue, query }) => barsIn(await source(), { issue, ...query }),
    '/days/{issue}': async ({ issue, query }) => dayAsOf(await source(), issue, query.at),
    '/market': async ({ query }) => marketAsOf(await source(), query.at),
    '/days': async ({ query }) => daysAsOf(await source(), query.issues, query.at),
  }
}

/** Returns `handlers` by their whole path. */
export function under<Prefix extends string, Handlers extends object>(
  prefix: Prefix,
  handlers: Handlers,
): { readonly [End in keyof Handlers & string as `${Prefix}${End}`]: Handlers[End] } {
  const entries = Object.entries(handlers).map(([end, handler]) => [prefix + end, handler])
  return Object.fromEntries(entries)
}
