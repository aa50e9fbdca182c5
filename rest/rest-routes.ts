/**
 * The routes of the REST API: the only list of them. The functions, the HTTP API of the template, the documents and
 * their tests read this table. A new route is a new row here; docs/rest.md and docs/openapi.yaml describe it.
 */
import { SECTOR_CODES } from '../market/sector.ts'
import type { CacheRule } from './cache-rule.ts'
import type { QueryRules, QueryValues } from './query-rules.ts'

export type RestFunctionName = 'delayed-prices' | 'realtime-prices' | 'market-info'

/** A route answers `GET`. */
export interface Route {
  readonly function: RestFunctionName
  /** Whether the gateway lets a request through only with an access token. */
  readonly needsToken: boolean
  /** The route has these query parameters and no others. */
  readonly query: QueryRules
  readonly cache: CacheRule
}

const DELAYED = {
  function: 'delayed-prices',
  needsToken: false,
  cache: {
    // Prices are twenty minutes late, so five more seconds do not matter. A cache in front then reads each answer from
    // the table at most once in five seconds.
    latest: 5,
    // The past does not change. It is kept for an hour only, so that a late repair of the table shows on the same day.
    past: 3_600,
    // The function keeps its list of issues as long (tables/boards/issue-listing.ts).
    unknownIssue: 60,
  },
} as const

/** Real-time prices are for the caller alone. */
const REALTIME = { function: 'realtime-prices', needsToken: true, cache: {} } as const

const MARKET_INFO = { function: 'market-info', needsToken: false } as const

const MOMENT = { kind: 'moment' } as const
const RANGE = { from: { kind: 'start' }, to: MOMENT } as const

const ONE = { at: MOMENT } as const
const SEVERAL = { issues: { kind: 'issues', most: 50 }, at: MOMENT } as const
/** An answer has at most 256 KB (rest/answer-page.ts): about 200 ticks or 1,400 trades. */
const TICKS = {
  ...RANGE,
  limit: { kind: 'number', low: 1, high: 2_000, fallback: 200 },
  after: { kind: 'cursor' },
} as const
const TRADES = {
  ...RANGE,
  limit: { kind: 'number', low: 1, high: 5_000, fallback: 500 },
  after: { kind: 'cursor' },
} as const
const BARS = {
  ...RANGE,
  interval: { kind: 'choice', words: ['1m', '5m', '15m', '1h', '1d'], fallback: '1m' },
  after: { kind: 'cursor' },
} as const
const ISSUES = {
  // Longer than every name of an issue.
  q: { kind: 'text', most: 100 },
  sector: { kind: 'choice', words: SECTOR_CODES },
  // The limit is above the number of listed issues.
  limit: { kind: 'number', low: 1, high: 5_000, fallback: 50 },
  after: { kind: 'cursor' },
} as const

const CALENDAR = { from: { kind: 'date' }, to: { kind: 'date' } } as const

export const ROUTES = {
  '/v1/boards/{issue}': { ...DELAYED, query: ONE },
  '/v1/boards': { ...DELAYED, query: SEVERAL },
  '/v1/ticks/{issue}': { ...DELAYED, query: TICKS },
  '/v1/trades/{issue}': { ...DELAYED, query: TRADES },
  '/v1/bars/{issue}': { ...DELAYED, query: BARS },
  '/v1/days/{issue}': { ...DELAYED, query: ONE },
  '/v1/days': { ...DELAYED, query: SEVERAL },
  '/v1/market': { ...DELAYED, query: ONE },
  '/v1/realtime/boards/{issue}': { ...REALTIME, query: ONE },
  '/v1/realtime/boards': { ...REALTIME, query: SEVERAL },
  '/v1/realtime/ticks/{issue}': { ...REALTIME, query: TICKS },
  '/v1/realtime/trades/{issue}': { ...REALTIME, query: TRADES },
  '/v1/realtime/bars/{issue}': { ...REALTIME, query: BARS },
  '/v1/realtime/days/{issue}': { ...REALTIME, query: ONE },
  '/v1/realtime/days': { ...REALTIME, query: SEVERAL },
  '/v1/realtime/market': { ...REALTIME, query: ONE },
  '/v1/realtime/issues': { ...REALTIME, query: ISSUES },
  '/v1/realtime/status': { ...REALTIME, query: {} },
  '/v1/issues': { ...MARKET_INFO, query: ISSUES, cache: { latest: 60, empty: 1 } },
  // As short as that of prices: the phase and the next opening change when the market opens.
  '/v1/calendar': { ...MARKET_INFO, query: CALENDAR, cache: { latest: 5 } },
  '/v1/status': { ...MARKET_INFO, query: {}, cache: { latest: 1 } },
} as const satisfies Readonly<Record<`/v1/${string}`, Route>>

export type RoutePath = keyof typeof ROUTES

/** The paths of one function. */
export type PathsOf<Name extends RestFunctionName> = {
  [Path in RoutePath]: (typeof ROUTES)[Path]['function'] extends Name ? Path : never
}[RoutePath]

/** A request whose path and parameters passed the checks of the table. */
export interface RouteRequest<Path extends RoutePath> {
  /** The issue code in the path. */
  readonly issue: Path extends `${string}{issue}${string}` ? string : undefined
  readonly query: QueryValues<(typeof ROUTES)[Path]['query']>
}
