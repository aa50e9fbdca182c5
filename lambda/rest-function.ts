/** What the REST functions share: routes, parameters of a request, answers. */
import { createHash } from 'node:crypto'
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import middy from '@middy/core'
import router from '@middy/http-router'
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda'
import { parseIssueCode } from '../market/issue-code.ts'
import { countAll, logger, publishMetrics } from './lambda-function.ts'
import { Problem, problemDocuments } from './problem.ts'

export type Request = APIGatewayProxyEventV2
export type Answer = APIGatewayProxyStructuredResultV2

/** 132 bits of a hash: no two answers of an address ever share them. */
const ETAG_LENGTH = 22

/** Issues one request may ask for. */
const MAX_ISSUES_PER_REQUEST = 50

/**
 * GET routes by path, in front of the shared middleware.
 * @param unknownAge seconds for which everybody may keep that an issue is not known; 0: nobody may.
 */
export function restFunction(
  routes: Readonly<Record<string, (request: Request) => Promise<Answer>>>,
  unknownAge = 0,
) {
  const route = router<Request, Answer>({
    routes: Object.entries(routes).map(([path, work]) => ({ method: 'GET', path, handler: work })),
    notFoundResponse: ({ method, path }) => {
      throw new Problem(
        'unknown-route',
        `expected GET of ${Object.keys(routes).join(', ')}; got ${method} ${path}`,
      )
    },
  })
  return middy<Request, Answer>()
    .use(injectLambdaContext(logger))
    .use(publishMetrics())
    .use(problemDocuments(unknownAge))
    .handler((event: Request, context: Context) => {
      countAll({ Requests: 1 })
      return route(event, context)
    })
}

/** Seconds for which anyone may keep an answer; `nobody` may. */
export type KeepFor = number | 'nobody'

/**
 * `stamp` and `data` as one JSON document, or 304 where the one who asks holds the same `data`.
 * @param stamp members that tell of the answer, not of the market: its ETag does not change with them.
 */
export function answerJson(request: Request, stamp: object, data: object, keep: KeepFor): Answer {
  const etag = etagOf(data)
  const headers = {
    'cache-control': keep === 'nobody' ? 'no-store' : `public, max-age=${keep}`,
    etag,
    // The HTTP API allows other origins only where a request names its own: caches keep the two answers apart.
    vary: 'Origin',
  }
  if (isHeld(request.headers['if-none-match'], etag)) return { statusCode: 304, headers }
  return {
    statusCode: 200,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ ...stamp, ...data }),
  }
}

/** Weak, for the stamp may be another one. */
function etagOf(data: object): string {
  return `W/"${createHash('sha256').update(JSON.stringify(data)).digest('base64url').slice(0, ETAG_LENGTH)}"`
}

/** By weak comparison, as RFC 9110 (13.1.2) has it for `If-None-Match`. */
function isHeld(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  const opaque = etag.slice(2)
  return header.split(',').some(each => each.trim() === '*' || each.trim().replace(/^W\//, '') === opaque)
}

/** The issue in the path of the request. */
export function pathIssue(request: Request): string {
  return issueCode(request.pathParameters?.issue ?? '')
}

/** The issues of `?issues=7203,6758`, each once, in the order asked for. */
export function queryIssues(request: Request): string[] {
  const codes = (queryOf(request, 'issues') ?? '').split(',').filter(code => code.trim() !== '')
  const issues = [...new Set(codes.map(issueCode))]
  if (issues.length === 0) {
    throw new Problem('bad-parameter', 'issues: expected issue codes with commas between, got none')
  }
  if (issues.length > MAX_ISSUES_PER_REQUEST) {
    throw new Problem(
      'too-many-issues',
      `issues: expected up to ${MAX_ISSUES_PER_REQUEST} issue codes, got ${issues.length}`,
    )
  }
  return issues
}

/** A parameter of the query, `undefined` where it is absent or empty. */
export function queryOf(request: Request, name: string): string | undefined {
  return request.queryStringParameters?.[name] || undefined
}

/** The whole number of a query parameter, `fallback` where it is absent. */
export function queryWhole(
  request: Request,
  name: string,
  low: number,
  high: number,
  fallback: number,
): number {
  const text = queryOf(request, name)
  if (text === undefined) return fallback
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < low || value > high) {
    throw new Problem(
      'bad-parameter',
      `${name}: expected a whole number from ${low} to ${high}, got "${text}"`,
    )
  }
  return value
}

function issueCode(text: string): string {
  try {
    return parseIssueCode(text)
  } catch (error) {
    throw new Problem('bad-issue', error instanceof Error ? error.message : String(error))
  }
}
