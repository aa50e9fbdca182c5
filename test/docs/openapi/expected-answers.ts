/** Computes the answers that docs/openapi.yaml must describe for a route, from the table of routes. */

import { PROBLEMS, type ProblemCode } from '../../../market/problem-document.ts'
import { cacheControl } from '../../../rest/cache-rule.ts'
import type { QueryRule } from '../../../rest/query-rules.ts'
import type { Route, RoutePath } from '../../../rest/rest-routes.ts'

/** The problems that a wrong value of a parameter may cause. */
const QUERY_PROBLEMS: Readonly<Record<QueryRule['kind'], readonly ProblemCode[]>> = {
  text: ['bad-parameter'],
  moment: ['bad-time', 'future-time', 'too-recent'],
  start: ['bad-time', 'bad-range', 'range-too-long'],
  date: ['bad-parameter', 'bad-range', 'range-too-long'],
  cursor: ['bad-parameter'],
  number: ['bad-parameter'],
  choice: ['bad-parameter'],
  issues: ['bad-issue', 'too-many-issues', 'bad-parameter'],
}

/** Answers of the gateway itself. */
const GATEWAY_STATUSES = [429, 503] as const
/** The gateway's answer to a request without a valid token. */
const NO_TOKEN_STATUS = 401

/** Returns the problems of a route by status. Every route refuses unknown parameters and may fail. */
export function problemsOf(
  path: RoutePath,
  { query, needsToken }: Route,
): ReadonlyMap<number, ReadonlySet<ProblemCode>> {
  const codes: ProblemCode[] = ['bad-parameter', 'failed']
  if (path.includes('{issue}')) codes.push('bad-issue', 'unknown-issue')
  if (needsToken) codes.push('no-access-token', 'access-ended')
  for (const { kind } of Object.values(query)) codes.push(...QUERY_PROBLEMS[kind])
  const byStatus = Map.groupBy(codes, code => PROBLEMS[code][0])
  return new Map([...byStatus].map(([status, of]) => [status, new Set(of)]))
}

/** Returns every status that a route may answer. */
export function statusesOf(path: RoutePath, route: Route): ReadonlySet<number> {
  const ofToken = route.needsToken ? [NO_TOKEN_STATUS] : []
  return new Set([200, 304, ...problemsOf(path, route).keys(), ...ofToken, ...GATEWAY_STATUSES])
}

/** Returns every `Cache-Control` that answers with a status may have; none if the gateway answers. */
export function cachingOf({ cache, query }: Route, status: number): ReadonlySet<string> {
  if (status === 404) return new Set([cacheControl(cache, 'unknownIssue')])
  if (status === 400 || status === 403 || status === 500) return new Set(['no-store'])
  if (status !== 200 && status !== 304) return new Set()
  const isPastPossible = Object.values(query).some(({ kind }) => kind === 'moment')
  // A route of stored prices may be late.
  return new Set([
    cacheControl(cache, 'latest'),
    ...(isPastPossible ? [cacheControl(cache, 'past'), 'no-store'] : []),
    ...(cache.empty === undefined ? [] : [cacheControl(cache, 'empty')]),
  ])
}
