/**
 * The JWT authorizer of an HTTP API: signature, issuer, audience (or client id), times, scopes.
 * Source: "Control access to HTTP APIs with JWT authorizers" (API Gateway developer guide).
 */
import type { IncomingMessage } from 'node:http'
import {
  createRemoteJWKSet,
  decodeProtectedHeader,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose'
import type { JwtAuthorizer } from './api.ts'

export type Decision =
  | {
      readonly kind: 'allowed'
      readonly claims: Readonly<Record<string, string>>
      readonly scopes: readonly string[]
    }
  /** The token is missing or not valid. */
  | { readonly kind: 'unauthorized' }
  /** The token is valid, but lacks the scope of the route. */
  | { readonly kind: 'forbidden' }

export type Authorize = (headers: IncomingMessage['headers'], scopes: readonly string[]) => Promise<Decision>

/** "Currently, only RSA-based algorithms are supported." */
const ALGORITHMS = ['RS256', 'RS384', 'RS512']
/** "API Gateway can cache the public key for two hours." */
const KEYS_CACHED_MS = 2 * 60 * 60 * 1000
/** Time for the issuer's discovery document (ms). API Gateway's own is not documented. */
const DISCOVERY_LIMIT_MS = 5_000

export function createAuthorizer({ issuer, audience, headers: names }: JwtAuthorizer): Authorize {
  let keys: Promise<JWTVerifyGetKey> | undefined
  const keySet = (): Promise<JWTVerifyGetKey> => {
    keys ??= discover(issuer)
    // If the issuer did not respond, the next request asks it again.
    keys.catch(() => {
      keys = undefined
    })
    return keys
  }

  return async (headers, scopes) => {
    const header = names.map(name => headers[name]).find(value => typeof value === 'string')
    if (typeof header !== 'string') return { kind: 'unauthorized' }
    let payload: JWTPayload
    try {
      const token = header.replace(/^bearer /i, '')
      const { kid } = decodeProtectedHeader(token)
      if (kid === undefined) return { kind: 'unauthorized' }
      const rules = { issuer, algorithms: ALGORITHMS, requiredClaims: ['exp'] }
      ;({ payload } = await jwtVerify(token, await keySet(), rules))
    } catch {
      return { kind: 'unauthorized' }
    }
    if (payload.iat !== undefined && payload.iat > Date.now() / 1000) return { kind: 'unauthorized' }
    // "API Gateway validates client_id only if aud is not present": access tokens of Cognito have no audience.
    const claimed = payload.aud === undefined ? payload.client_id : payload.aud
    const audiences = Array.isArray(claimed) ? claimed : [claimed]
    if (!audiences.some(one => typeof one === 'string' && audience.includes(one)))
      return { kind: 'unauthorized' }

    // Some issuers write `scp`, as a text or as a list.
    const granted = [payload.scope ?? payload.scp ?? ''].flat().flatMap(text => String(text).split(' '))
    if (scopes.length > 0 && !scopes.some(scope => granted.includes(scope))) return { kind: 'forbidden' }
    const claims = Object.fromEntries(
      Object.entries(payload).map(([name, value]) => [
        name,
        typeof value === 'object' ? JSON.stringify(value) : String(value),
      ]),
    )
    return { kind: 'allowed', claims, scopes: granted.filter(Boolean) }
  }
}

async function discover(issuer: string): Promise<JWTVerifyGetKey> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  const response = await fetch(url, { signal: AbortSignal.timeout(DISCOVERY_LIMIT_MS) })
  const { jwks_uri: keysUrl } = (await response.json()) as { jwks_uri?: string }
  if (!response.ok || keysUrl === undefined) {
    throw new Error(`${url}: expected a jwks_uri, got status ${response.status}`)
  }
  return createRemoteJWKSet(new URL(keysUrl), { cacheMaxAge: KEYS_CACHED_MS })
}
