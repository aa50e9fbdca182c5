/** Requests for every route, made from the table of routes: requests that work, and requests with a wrong parameter. */
import type { ProblemCode } from '../../../market/problem-document.ts'
import type { QueryRule } from '../../../rest/query-rules.ts'
import { ROUTES, type Route, type RoutePath } from '../../../rest/rest-routes.ts'

export interface ApiRequest {
  readonly path: RoutePath
  /** Parameters by name, of path, query and header alike. */
  readonly values?: Readonly<Record<string, string>>
  /** Text added to the query as it is: parameters that the route does not have, or has already. */
  readonly extraQuery?: string
  /** The `Authorization` header. */
  readonly authorization?: string
  /** The expected status. */
  readonly status: number
  /** The expected problem. */
  readonly problem?: ProblemCode
  /** The parameter that causes the problem. */
  readonly wrong?: string
}

type Values = NonNullable<ApiRequest['values']>

/** A text of a parameter that is refused, and the problem. */
type WrongText = readonly [problem: ProblemCode, text: string]

const OPENING = '2026-11-20T09:00:00+09:00'
const MORNING = '2026-11-20T10:00:00.5+09:00'
const EVENING = '2026-11-20T17:00:00.000001+09:00'
/** Monday the 23rd. */
const HOLIDAY = '2026-11-23T12:00:00Z'
/** Before the opening of today: before and after the reset of the day's prices. */
const NIGHT = '2026-11-24T07:59:59+09:00'
const BEFORE_OPEN = '2026-11-24T08:30+09:00'
/** On a trading date of which nothing is stored. */
const UNSTORED = '2026-11-19T12:00:00+09:00'
const TOMORROW = '2026-11-25T09:00:00+09:00'
/** On a date whose bars are kept, but whose ticks are deleted. */
export const FINISHED = '2026-09-01T20:00:00+09:00'
const LONG_AGO = '2026-01-05T09:00:00+09:00'

const UNLISTED = '9999'
/** Codes with every letter that is allowed, in both places. */
const ALL_LETTERS = [...'ACDFGHJKLMNPRSTUWXY'].map(letter => `1${letter}0${letter}`).join(',')
const MANY_ISSUES = Array.from({ length: 51 }, (_, index) => String(1000 + index)).join(',')
const REPEATED_ISSUES = MANY_ISSUES.replaceAll(/\d+/g, '7203')

/** What each audience may see at 9:51:10 on November 24. */
const DELAYED = { youngest: '2026-11-24T09:31:10+09:00', tooRecent: '2026-11-24T09:31:10.000001+09:00' }
const REALTIME = { youngest: '2026-11-24T09:45:00+09:00', tooRecent: '2026-11-24T09:51:09.999999+09:00' }

const WRONG_ISSUES: readonly WrongText[] = [
  '72030',
  'I234',
  'x',
  '７２０３',
  ...[...'BEIOQVZ'].flatMap(letter => [`1${letter}00`, `100${letter}`]),
].map(text => ['bad-issue', text])

/** Texts that are no time, or a time before the exchange. */
const WRONG_TIMES: readonly WrongText[] = [
  'yesterday',
  '2026-11-20T09:10:00',
  '2026-13-20T09:10:00Z',
  '2026-02-30T15:00:00+09:00',
  '2026-11-20T24:30:00+09:00',
  '1066-10-14T09:00:00+09:00',
].map(text => ['bad-time', text])

/** Returns all requests, in any order. @param issues issues with ticks. */
export function requestsFor(issues: readonly string[]): ApiRequest[] {
  return (Object.keys(ROUTES) as RoutePath[]).flatMap(path => requestsOf(path, issues))
}

/** Returns the required parameters of a route. */
export function requiredValues(path: RoutePath, issues: readonly string[]): Values {
  if (path.includes('{issue}')) return { issue: issues[0]! }
  return 'issues' in ROUTES[path].query ? { issues: issues.join() } : {}
}

function requestsOf(path: RoutePath, issues: readonly string[]): ApiRequest[] {
  const route: Route = ROUTES[path]
  const required = requiredValues(path, issues)
  const requests = [good(path, required), ...unknownParameters(path, required)]
  if (path.includes('{issue}')) requests.push(...pathRequests(path, route, issues))
  for (const [name, rule] of Object.entries(route.query))
    requests.push(...parameterRequests(path, required, name, rule))
  return requests
}

function unknownParameters(path: RoutePath, required: Values): ApiRequest[] {
  const refused = { path, values: required, status: 400, problem: 'bad-parameter' } as const
  const [name] = Object.keys(ROUTES[path].query)
  return [
    { ...refused, extraQuery: 'side=' },
    ...(name === undefined ? [] : [{ ...refused, extraQuery: `${name}=1&${name}=1` }]),
  ]
}

function pathRequests(path: RoutePath, route: Route, issues: readonly string[]): ApiRequest[] {
  const moment = momentName(route)
  return [
    // The whole day of each issue, so that every kind of tick is among the answers.
    ...issues.map(issue => good(path, { issue: issue.toLowerCase(), ...(moment && { [moment]: EVENING }) })),
    ...bad(path, {}, 'issue', WRONG_ISSUES),
    { path, values: { issue: UNLISTED }, status: 404, problem: 'unknown-issue' },
  ]
}

function parameterRequests(path: RoutePath, required: Values, name: string, rule: QueryRule): ApiRequest[] {
  const goodTexts = (...texts: readonly string[]) =>
    texts.map(text => good(path, { ...required, [name]: text }))
  const badTexts = (...texts: readonly WrongText[]) => bad(path, required, name, texts)
  switch (rule.kind) {
    case 'text':
      return [
        ...goodTexts('7203', 'ａ', 'no such name', 'x'.repeat(rule.most)),
        ...badTexts(['bad-parameter', 'x'.repeat(rule.most + 1)]),
      ]
    case 'moment':
      return momentRequests(path, required, name)
    case 'start':
      return startRequests(path, required, name)
    case 'date':
      return dateRequests(path, name)
    case 'cursor':
      return badTexts(['bad-parameter', 'x'], ['bad-parameter', `${required.issue}-20261119-1-1`])
    case 'number': {
      const { low, high } = rule
      return [
        ...goodTexts(String(low), String(high)),
        ...badTexts(
          ...[String(low - 1), String(high + 1), '1.5'].map(text => ['bad-parameter', text] as const),
        ),
      ]
    }
    case 'choice':
      return [
        ...rule.words.flatMap(word => [
          good(path, { ...required, [name]: word }),
          ...finished(path, { ...required, [name]: word }),
        ]),
        ...badTexts(
          ...['2m', rule.words[0]!.toUpperCase(), `${rule.words[0]} `]
            .filter(word => !rule.words.includes(word))
            .map(word => ['bad-parameter', word] as const),
        ),
      ]
    case 'issues':
      return [
        ...goodTexts(`${UNLISTED},${required.issues}`, ALL_LETTERS.toLowerCase(), ALL_LETTERS),
        ...badTexts(
          ...['7203,x', '7203 ,130A', '7203,', '7203,,130A'].map(text => ['bad-issue', text] as const),
          ...[MANY_ISSUES, REPEATED_ISSUES].map(text => ['too-many-issues', text] as const),
          ['bad-parameter', ''],
        ),
        { path, status: 400, problem: 'bad-parameter', wrong: name },
      ]
  }
}

function momentRequests(path: RoutePath, required: Values, name: string): ApiRequest[] {
  const { youngest, tooRecent } = ROUTES[path].needsToken ? REALTIME : DELAYED
  const moments = [OPENING, MORNING, EVENING, HOLIDAY, NIGHT, BEFORE_OPEN, UNSTORED, youngest]
  return [
    ...moments.map(moment => good(path, { ...required, [name]: moment })),
    ...finished(path, required),
    ...bad(path, required, name, [...WRONG_TIMES, ['future-time', TOMORROW], ['too-recent', tooRecent]]),
  ]
}

function startRequests(path: RoutePath, required: Values, name: string): ApiRequest[] {
  const range = { ...required, to: MORNING }
  return [
    good(path, { ...range, [name]: OPENING }),
    ...bad(path, range, name, [...WRONG_TIMES, ['bad-range', EVENING], ['range-too-long', LONG_AGO]]),
  ]
}

/** Returns requests for dates: weekends, the year end, both ceremonies, and the exception of api-market.ts. */
function dateRequests(path: RoutePath, name: string): ApiRequest[] {
  const range = { from: '2026-12-25', to: '2027-01-05' }
  return [
    good(path, range),
    good(path, { [name]: '2026-11-30' }),
    good(path, { from: '2050-12-30' }),
    ...bad(path, range, name, [
      ['bad-parameter', '2026-02-30'],
      ['bad-parameter', '20261230'],
      ['bad-parameter', '2014-12-31'],
      ['bad-parameter', '2051-01-01'],
      ['bad-range', name === 'from' ? '2027-01-06' : '2026-12-24'],
      ['range-too-long', name === 'from' ? '2026-10-04' : '2027-03-28'],
    ]),
  ]
}

/** Returns requests for a date whose ticks are deleted. Days and bars are answered from their records. */
function finished(path: RoutePath, values: Values): ApiRequest[] {
  const name = momentName(ROUTES[path])
  if (name === undefined) return []
  return /boards|ticks|trades|market/.test(path)
    ? bad(path, values, name, [['bad-time', FINISHED]])
    : [good(path, { ...values, [name]: FINISHED })]
}

/** Returns the name of the parameter that names the moment of an answer. */
function momentName({ query }: Route): string | undefined {
  return Object.keys(query).find(name => query[name]?.kind === 'moment')
}

function good(path: RoutePath, values: Values): ApiRequest {
  return { path, values, status: 200 }
}

function bad(path: RoutePath, values: Values, wrong: string, texts: readonly WrongText[]): ApiRequest[] {
  return texts.map(([problem, text]) => ({
    path,
    values: { ...values, [wrong]: text },
    status: 400,
    problem,
    wrong,
  }))
}
