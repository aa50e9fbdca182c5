/** Events and responses of an HTTP API in payload format 2.0. */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import * as v from 'valibot'
import type { InvokeResult } from '../functions/function.ts'
import type { Api } from './api.ts'
import type { Decision } from './jwt.ts'

export interface HttpRequest {
  readonly request: IncomingMessage
  readonly url: URL
  readonly path: string
  readonly body: Buffer
  readonly routeKey: string
  readonly parameters: Readonly<Record<string, string>>
  readonly decision: Decision | undefined
}

/** Returns the event as JSON. */
export function httpEvent(
  api: Api,
  { request, url, path, body, routeKey, parameters, decision }: HttpRequest,
): string {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(request.headers)) {
    if (name !== 'cookie' && value !== undefined)
      headers[name] = Array.isArray(value) ? value.join(',') : value
  }
  const query: Record<string, string> = {}
  // Several values of a name are joined with commas.
  for (const key of url.searchParams.keys()) query[key] = url.searchParams.getAll(key).join(',')
  const cookies = request.headers.cookie?.split(/; */)
  const now = new Date()
  return JSON.stringify({
    version: '2.0',
    routeKey,
    rawPath: path,
    rawQueryString: url.search.slice(1),
    ...(cookies === undefined ? {} : { cookies }),
    headers,
    ...(url.searchParams.size === 0 ? {} : { queryStringParameters: query }),
    ...(Object.keys(parameters).length === 0 ? {} : { pathParameters: parameters }),
    requestContext: {
      accountId: 'anonymous',
      apiId: api.id,
      ...(decision?.kind === 'allowed'
        ? { authorizer: { jwt: { claims: decision.claims, scopes: decision.scopes } } }
        : {}),
      domainName: url.host,
      domainPrefix: api.id,
      http: {
        method: request.method,
        path,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? '',
        userAgent: request.headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey,
      stage: api.stage,
      time: now.toUTCString(),
      timeEpoch: now.getTime(),
    },
    ...(body.length === 0 ? {} : { body: body.toString('base64') }),
    isBase64Encoded: body.length > 0,
  })
}

export interface HttpAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly body: string | Buffer
}

const header = v.union([v.string(), v.number(), v.boolean()])
const answerSchema = v.object({
  statusCode: v.pipe(
    v.union([v.number(), v.string()]),
    v.transform(Number),
    v.integer(),
    v.minValue(100),
    v.maxValue(599),
  ),
  headers: v.optional(v.record(v.string(), header), {}),
  cookies: v.optional(v.array(v.string())),
  body: v.optional(v.string(), ''),
  isBase64Encoded: v.optional(v.boolean(), false),
})

/** Returns a response of API Gateway itself: `{"message":"Not Found"}`. */
export function gatewayAnswer(
  status: number,
  message: string,
  headers: Record<string, string> = {},
): HttpAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ message }),
  }
}

/** Returns the response of a function. Without a status code, the whole result of the function is the body. */
export function functionAnswer(result: InvokeResult): HttpAnswer {
  if (result.failed) return gatewayAnswer(500, 'Internal Server Error')
  const value: unknown = JSON.parse(result.payload)
  if (typeof value !== 'object' || value === null || !('statusCode' in value)) {
    const body = typeof value === 'string' ? value : result.payload
    return { status: 200, headers: { 'content-type': 'application/json' }, body }
  }
  const parsed = v.safeParse(answerSchema, value)
  if (!parsed.success) return gatewayAnswer(500, 'Internal Server Error')
  const { statusCode, headers, cookies, body, isBase64Encoded } = parsed.output
  const lower = Object.fromEntries(
    Object.entries(headers).map(([name, text]) => [name.toLowerCase(), String(text)]),
  )
  return {
    status: statusCode,
    headers: {
      'content-type': 'text/plain;charset=utf-8',
      ...lower,
      ...(cookies === undefined ? {} : { 'set-cookie': cookies }),
    },
    body: isBase64Encoded ? Buffer.from(body, 'base64') : body,
  }
}
