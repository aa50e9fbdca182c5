/** Makes a Lambda function of the handlers of its routes. */
import { createHash } from 'node:crypto'
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import middy from '@middy/core'
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { accessTokenProblem } from '../lambda/access-token.ts'
import type { EdgeCheck } from '../lambda/edge-check.ts'
import { logger } from '../lambda/lambda-function.ts'
import { PROBLEMS, type ProblemCode, type ProblemDocument, problemType } from '../market/problem-document.ts'
import { type CacheRule, cacheControl } from './cache-rule.ts'
import { Problem } from './problem.ts'
import { readIssue, readQuery } from './read-request.ts'
import {
  type PathsOf,
  type RestFunctionName,
  ROUTES,
  type Route,
  type RoutePath,
  type RouteRequest,
} from './rest-routes.ts'

/** A request. The gateway adds the claims of the token on routes that need one. */
type Request = APIGatewayProxyEventV2 & {
  readonly requestContext: {
    readonly authorizer?: { readonly jwt: { readonly claims: Readonly<Record<string, unknown>> } }
  }
}
type Response = APIGatewayProxyStructuredResultV2

/** Members about an answer, which differ from route to route. */
interface AnswerStamp {
  readonly time?: string
  readonly delay?: string
  readonly asOf?: string
  /** The answer lacks ticks that are not stored yet: nobody may keep it. */
  readonly late?: true
}

/** The members of a JSON answer. */
export interface Answer {
  /** Members about the answer, such as its time. The `ETag` does not depend on them, unless the answer is late. */
  readonly stamp?: AnswerStamp
  /** Members about the market. */
  readonly data: object
  /** The answer is `empty` by its {@link CacheRule}. */
  readonly isEmpty?: boolean
}

export type Handler<Path extends RoutePath> = (request: RouteRequest<Path>) => Promise<Answer>

/** A handler for every route of a function. */
export type Handlers<Name extends RestFunctionName> = { readonly [Path in PathsOf<Name>]: Handler<Path> }

/**
 * Decides about a request with an access token, and runs `answer` for it. Claims are texts, as an HTTP API passes them on.
 * @throws Problem if the user of the token may not have the answer.
 */
export type Admission = (
  claims: Readonly<Record<string, unknown>>,
  answer: () => Promise<Answer>,
) => Promise<Answer>

/** What decides about requests before a route answers. */
export interface RestGuards {
  /** Whether a request came through CloudFront. Default: every request is good. */
  readonly isThroughEdge?: EdgeCheck
  /** Decides about the requests to routes that need a token. Default: every access token is enough. */
  readonly admit?: Admission
}

type AnyHandler = (request: { issue: string | undefined; query: object }) => Promise<Answer>

/** Characters of a hash: 132 bits, so that two answers never have the same tag. */
const ETAG_LENGTH = 22

/** Answers the routes of one function by `handlers`. */
export function restFunction<Name extends RestFunctionName>(
  handlers: Handlers<Name>,
  { isThroughEdge = async () => true, admit = (_, answer) => answer() }: RestGuards = {},
) {
  const byRouteKey = new Map<string, { route: Route; handler: AnyHandler }>()
  for (const [path, handler] of Object.entries(handlers) as [RoutePath, AnyHandler][])
    byRouteKey.set(`GET ${path}`, { route: ROUTES[path], handler })

  return middy<Request, Response>()
    .use(injectLambdaContext(logger))
    .handler(async request => {
      // The gateway has matched the path: a route key is method and path as in the table.
      const found = byRouteKey.get(request.routeKey)
      try {
        if (!(await isThroughEdge(request.headers)))
          throw new Problem('direct-request', 'expected a request to the public address of the service')
        if (found === undefined) throw unknownRoute(request.routeKey, [...byRouteKey.keys()])
        return await respond(request, found.route, found.handler, admit)
      } catch (error) {
        return problemResponse(error, found?.route.cache ?? {})
      }
    })
}

function unknownRoute(routeKey: string, known: readonly string[]): Problem {
  return new Problem('unknown-route', `expected one of ${known.join(', ')}; got ${routeKey}`)
}

async function respond(
  request: Request,
  { query: rules, cache, needsToken }: Route,
  handler: AnyHandler,
  admit: Admission,
): Promise<Response> {
  const claims = needsToken ? claimsOf(request) : undefined
  const query = readQuery(request, rules)
  const compute = () => handler({ issue: readIssue(request), query })
  const answer = await (claims === undefined ? compute() : admit(claims, compute))
  const isPast = Object.entries(rules).some(
    ([name, { kind }]) => kind === 'moment' && query[name] !== undefined,
  )
  const { stamp, data, isEmpty } = answer
  // A tag of a late answer is of nothing else, so a 304 never says that the answer before it is still true.
  const etag = etagOf(stamp?.late ? answer : data)
  const kind = isPast ? 'past' : isEmpty ? 'empty' : 'latest'
  const headers = {
    'cache-control': stamp?.late ? 'no-store' : cacheControl(cache, kind),
    etag,
    // The HTTP API adds CORS headers only if a request names its origin: caches keep the two answers apart.
    vary: 'Origin',
  }
  if (isHeld(request.headers['if-none-match'], etag)) return { statusCode: 304, headers }
  return {
    statusCode: 200,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ ...stamp, ...data }),
  }
}

/**
 * Returns the claims of the request's access token.
 * @throws Problem for a token that the gateway lets through although it is no access token.
 */
function claimsOf({ requestContext: { authorizer } }: Request): Readonly<Record<string, unknown>> {
  if (authorizer === undefined)
    throw new Problem(
      'no-access-token',
      'expected a request that the gateway has authorized, got one without claims',
    )
  const { claims } = authorizer.jwt
  const problem = accessTokenProblem(claims)
  if (problem !== undefined) throw new Problem('no-access-token', problem)
  return claims
}

/** Returns a weak tag, because the stamp may differ. */
function etagOf(data: object): string {
  return `W/"${createHash('sha256').update(JSON.stringify(data)).digest('base64url').slice(0, ETAG_LENGTH)}"`
}

/** Returns whether `If-None-Match` names the tag: by weak comparison (RFC 9110, 13.1.2). */
function isHeld(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  const opaque = etag.slice(2)
  return header.split(',').some(each => each.trim() === '*' || each.trim().replace(/^W\//, '') === opaque)
}

/** Returns the document of a {@link Problem}, or a 500 without the message of any other error. */
function problemResponse(error: unknown, cache: CacheRule): Response {
  if (error instanceof Problem) {
    const caching = error.code === 'unknown-issue' ? cacheControl(cache, 'unknownIssue') : 'no-store'
    return problemDocument(error.code, caching, { detail: error.message, ...error.members })
  }
  logger.error('a request failed', { error })
  return problemDocument('failed', 'no-store', {})
}

function problemDocument(
  code: ProblemCode,
  caching: string,
  members: Readonly<Record<string, unknown>>,
): Response {
  const [status, title] = PROBLEMS[code]
  return {
    statusCode: status,
    headers: { 'content-type': 'application/problem+json', 'cache-control': caching, vary: 'Origin' },
    body: JSON.stringify({ type: problemType(code), title, status, ...members } satisfies ProblemDocument),
  }
}
