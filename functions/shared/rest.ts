/** What the REST functions share: routes, parameters of a request, answers. */
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import middy from '@middy/core'
import router from '@middy/http-router'
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda'
import { parseIssueCode } from '../../market/issue-code.ts'
import { countAll, logger, publishMetrics } from './lambda.ts'
import { Problem, problemDocuments } from './problem.ts'

export type Request = APIGatewayProxyEventV2
export type Answer = APIGatewayProxyStructuredResultV2

/** Issues one request may ask for. */
export const MAX_ISSUES_PER_REQUEST = 50

/** GET routes by path, in front of the shared middleware. */
export function restFunction(routes: Readonly<Record<string, (request: Request) => Promise<Answer>>>) {
  const route = router<Request, Answer>({
    routes: Object.entries(routes).map(([path, work]) => ({ method: 'GET', path, handler: work })),
    notFoundResponse: ({ method, path }) => {
      throw new Problem(404, `expected GET of ${Object.keys(routes).join(', ')}; got ${method} ${path}`)
    },
  })
  return middy<Request, Answer>()
    .use(injectLambdaContext(logger))
    .use(publishMetrics())
    .use(problemDocuments())
    .handler((event: Request, context: Context) => {
      countAll({ Requests: 1 })
      return route(event, context)
    })
}

/** @param maxAge seconds for which anyone may keep the answer; 0: nobody may. */
export function answerJson(body: unknown, maxAge: number): Answer {
  return {
    statusCode: 200,
    headers: {
      'content-type': 'application/json',
      'cache-control': maxAge === 0 ? 'no-store' : `public, max-age=${maxAge}`,
      // The HTTP API allows other origins only where a request names its own: caches keep the two answers apart.
      vary: 'Origin',
    },
    body: JSON.stringify(body),
  }
}

/** The issue in the path of the request. */
export function pathIssue(request: Request): string {
  return issueCode(request.pathParameters?.issue ?? '')
}

/** The issues of `?issues=7203,6758`, each once, in the order asked for. */
export function queryIssues(request: Request): string[] {
  const codes = (queryOf(request, 'issues') ?? '').split(',').filter(code => code.trim() !== '')
  const issues = [...new Set(codes.map(issueCode))]
  if (issues.length === 0 || issues.length > MAX_ISSUES_PER_REQUEST) {
    throw new Problem(
      400,
      `issues: expected 1 to ${MAX_ISSUES_PER_REQUEST} issue codes with commas between, got ${issues.length}`,
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
    throw new Problem(400, `${name}: expected a whole number from ${low} to ${high}, got "${text}"`)
  }
  return value
}

function issueCode(text: string): string {
  try {
    return parseIssueCode(text)
  } catch (error) {
    throw new Problem(400, error instanceof Error ? error.message : String(error))
  }
}
