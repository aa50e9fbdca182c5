/** An HTTP API: routes, JWT authorizers, CORS, quotas. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { AwsError, isThrottle } from '../aws-error.ts'
import { readBody } from '../endpoint/request.ts'
import type { Api } from './api.ts'
import { corsHeaders, isPreflight, preflightHeaders } from './cors.ts'
import type { Edges } from './edge.ts'
import type { GatewayQuotas } from './gateway-quotas.ts'
import { functionAnswer, gatewayAnswer, type HttpAnswer, httpEvent } from './http-event.ts'
import { findRoute, routePattern } from './http-routes.ts'
import { createAuthorizer } from './jwt.ts'

/** Greatest payload of a request (API Gateway HTTP API quotas). */
const BODY_BYTES = 10 * 1024 * 1024

export interface HttpGatewayParts {
  readonly api: Api
  readonly quotas: GatewayQuotas
  readonly edges: Edges
  /** Receives a line for each failed call. */
  readonly log: (text: string) => void
}

/** Returns the request listener of an HTTP API. */
export function httpGateway({ api, quotas, edges, log }: HttpGatewayParts) {
  const patterns = api.routes.map(route =>
    routePattern(route.key, {
      ...route,
      gate: quotas.requests(route),
      authorize: route.authorizer === undefined ? undefined : createAuthorizer(route.authorizer),
    }),
  )
  const withoutRoute = quotas.requests()
  // The path of the default stage is empty.
  const base = api.stage === '$default' ? '' : `/${api.stage}`

  const tooManyRequests = gatewayAnswer(429, 'Too Many Requests')

  const answerTo = async (request: IncomingMessage): Promise<HttpAnswer> => {
    if (api.cors !== undefined && isPreflight(request)) {
      return withoutRoute.admit()
        ? { status: 204, headers: preflightHeaders(api.cors), body: '' }
        : tooManyRequests
    }
    const url = new URL(request.url ?? '/', `http://${request.headers.host ?? 'localhost'}`)
    const found = url.pathname.startsWith(base)
      ? findRoute(patterns, request.method ?? 'GET', url.pathname.slice(base.length))
      : undefined
    const { gate } = found?.route ?? { gate: withoutRoute }
    if (!gate.admit()) return tooManyRequests
    if (found === undefined) return gatewayAnswer(404, 'Not Found')
    const { route, parameters } = found
    const { authorize, target, key } = route

    const decision = await authorize?.(request.headers, route.scopes)
    if (decision?.kind === 'unauthorized') {
      return gatewayAnswer(401, 'Unauthorized', { 'www-authenticate': 'Bearer' })
    }
    if (decision?.kind === 'forbidden') return gatewayAnswer(403, 'Forbidden')
    if (!route.permitted) {
      log(`${api.logicalId}: no AWS::Lambda::Permission lets route ${key} call ${target.definition.name}`)
      return gatewayAnswer(500, 'Internal Server Error')
    }
    const body = await readBody(request, BODY_BYTES)
    const event = httpEvent(api, {
      request,
      url,
      path: url.pathname,
      body,
      routeKey: key,
      parameters,
      decision,
    })
    return functionAnswer(await target.invoke(event))
  }

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { cors } = api
    edges.addHeaders(api.logicalId, request)
    const crossOrigin = cors === undefined ? {} : corsHeaders(cors, request)
    let answer: HttpAnswer
    try {
      answer = await answerTo(request)
    } catch (error) {
      if (!isThrottle(error)) log(`${api.logicalId}: ${request.method} ${request.url}: ${String(error)}`)
      const status = error instanceof AwsError && error.status === 413 ? 413 : 503
      answer = gatewayAnswer(status, status === 413 ? 'Request Entity Too Large' : 'Service Unavailable')
    }
    request.resume()
    const { status, headers, body } = answer
    // The CORS configuration of the API replaces CORS headers of the function.
    response.writeHead(status, {
      ...(headers as Record<string, string | string[]>),
      // In a 304 response, the length would be that of the client's cached body; a 204 has none (RFC 9110, 8.6).
      ...(status === 304 || status === 204 ? {} : { 'content-length': Buffer.byteLength(body) }),
      ...crossOrigin,
    })
    response.end(request.method === 'HEAD' || status === 304 ? undefined : body)
  }
  return (request: IncomingMessage, response: ServerResponse): void => void handle(request, response)
}
