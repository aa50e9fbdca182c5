/** The JWT authorizer of an HTTP API: signature, issuer, audience (or client id), times, scopes. */
import type { IncomingMessage } from 'node:http'
import { createRemoteJWKSet, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
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

/** Asymmetric algorithms only. API Gateway accepts RSA; issuers of other clouds can sign with elliptic curves. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512']

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
      ;({ payload } = await jwtVerify(token, await keySet(), { issuer, algorithms: ALGORITHMS }))
    } catch {
      return { kind: 'unauthorized' }
    }
    // Access tokens of Cognito have no audience. Their client id takes its place.
    const claimed = payload.aud ?? payload.client_id
    const audiences = Array.isArray(claimed) ? claimed : [claimed]
    if (!audiences.some(one => typeof one === 'string' && audience.includes(one)))
      return { kind: 'unauthorized' }

    const granted = String(payload.scope ?? payload.scp ?? '')
      .split(' ')
      .filter(Boolean)
    if (scopes.length > 0 && !scopes.some(scope => granted.includes(scope))) return { kind: 'forbidden' }
    const claims = Object.fromEntries(
      Object.entries(payload).map(([name, value]) => [
        name,
        typeof value === 'object' ? JSON.stringify(value) : String(value),
      ]),
    )
    return { kind: 'allowed', claims, scopes: granted }
  }
}

async function discover(issuer: string): Promise<JWTVerifyGetKey> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  const response = await fetch(url)
  const { jwks_uri: keysUrl } = (await response.json()) as { jwks_uri?: string }
  if (!response.ok || keysUrl === undefined) {
    throw new Error(`${url}: expected a jwks_uri, got status ${response.status}`)
  }
  return createRemoteJWKSet(new URL(keysUrl))
}
