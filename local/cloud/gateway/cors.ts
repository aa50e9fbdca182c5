/** Response headers of an HTTP API by its CORS configuration. */
import type { IncomingMessage } from 'node:http'
import type { Cors } from './api.ts'

/** Returns the headers of a response to a cross-origin request. There are none for an origin that is not allowed. */
export function corsHeaders(cors: Cors, request: IncomingMessage): Record<string, string> {
  const { origin } = request.headers
  if (origin === undefined || !isAllowed(cors.origins, origin)) return {}
  return {
    // With credentials, `*` is not valid: the response names the origin.
    'access-control-allow-origin': cors.origins.includes('*') && !cors.credentials ? '*' : origin,
    ...(cors.credentials ? { 'access-control-allow-credentials': 'true' } : {}),
    ...(cors.exposed.length === 0 ? {} : { 'access-control-expose-headers': cors.exposed.join(',') }),
    vary: 'origin',
  }
}

/** Returns whether the request is a preflight of a browser. */
export function isPreflight(request: IncomingMessage): boolean {
  return request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined
}

/** Returns the headers of a preflight response in addition to {@link corsHeaders}. */
export function preflightHeaders(cors: Cors): Record<string, string> {
  return {
    'access-control-allow-methods': cors.methods.join(','),
    'access-control-allow-headers': cors.headers.join(','),
    ...(cors.maxAge === undefined ? {} : { 'access-control-max-age': String(cors.maxAge) }),
  }
}

function isAllowed(origins: readonly string[], origin: string): boolean {
  return origins.some(allowed => allowed === '*' || allowed.toLowerCase() === origin.toLowerCase())
}
