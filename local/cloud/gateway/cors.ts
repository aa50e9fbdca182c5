/** Cross-origin answers of an HTTP API by its CORS configuration. */
import type { IncomingMessage } from 'node:http'
import type { Cors } from './api.ts'

/** The headers that every answer to a request of another origin has; none for an origin that is not allowed. */
export function corsHeaders(cors: Cors, request: IncomingMessage): Record<string, string> {
  const { origin } = request.headers
  if (origin === undefined || !isAllowed(cors.origins, origin)) return {}
  return {
    // With credentials the origin must be named.
    'access-control-allow-origin': cors.origins.includes('*') && !cors.credentials ? '*' : origin,
    ...(cors.credentials ? { 'access-control-allow-credentials': 'true' } : {}),
    ...(cors.exposed.length === 0 ? {} : { 'access-control-expose-headers': cors.exposed.join(',') }),
    vary: 'origin',
  }
}

/** Whether the browser only asks what it may send. */
export function isPreflight(request: IncomingMessage): boolean {
  return request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined
}

/** What a preflight is answered beside {@link corsHeaders}. */
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
