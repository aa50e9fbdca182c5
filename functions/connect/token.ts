/** Verifies access tokens of an OpenID Connect issuer. */
import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from 'jose'
import * as v from 'valibot'
import { BEARER_PREFIX, SUBPROTOCOL } from '../../market/protocol.ts'

/** The reason why a connection is refused, with the HTTP status of the answer. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: 401 | 403

  constructor(status: 401 | 403, message: string) {
    super(message)
    this.status = status
  }
}

/** Time to get the issuer's discovery document (ms). */
const DISCOVERY_TIMEOUT_MS = 3_000
const discoverySchema = v.object({ issuer: v.string(), jwks_uri: v.pipe(v.string(), v.url()) })

/**
 * Returns the access token in a list of WebSocket sub-protocols.
 * @throws Refusal if the list lacks {@link SUBPROTOCOL} or a token.
 */
export function offeredToken(header: string | undefined): string {
  const offered = (header ?? '').split(',').map(text => text.trim())
  const token = offered.find(text => text.startsWith(BEARER_PREFIX))?.slice(BEARER_PREFIX.length)
  if (!offered.includes(SUBPROTOCOL) || !token) {
    throw new Refusal(401, `expected the sub-protocols ${SUBPROTOCOL} and ${BEARER_PREFIX}<access token>`)
  }
  return token
}

/**
 * Returns a function that verifies a token and returns its claims. It throws a {@link Refusal} if the token is not from
 * `issuer`, is not for `audience`, or has no expiry.
 */
export function tokenVerifier(issuer: string, audience: string): (token: string) => Promise<JWTPayload> {
  let keys: Promise<ReturnType<typeof createRemoteJWKSet>> | undefined
  return async token => {
    keys ??= discoverKeys(issuer)
    try {
      const { payload } = await jwtVerify(token, await keys, { issuer, requiredClaims: ['exp'] })
      checkAudience(payload, audience)
      return payload
    } catch (error) {
      if (error instanceof Refusal) throw error
      if (isTokenError(error)) throw new Refusal(401, `expected a valid access token, got ${error.code}`)
      // The issuer's keys are not available. The next connect requests them again.
      keys = undefined
      throw error
    }
  }
}

/** Returns whether an error is about the token. Other errors are about the way to the issuer's keys. */
function isTokenError(error: unknown): error is errors.JOSEError {
  if (!(error instanceof errors.JOSEError) || error instanceof errors.JWKSTimeout) return false
  return error.code !== errors.JOSEError.code
}

/** Access tokens name their audience in `aud`; tokens of Cognito name it in `client_id`. */
function checkAudience({ aud, client_id, token_use }: JWTPayload, audience: string): void {
  const audiences = [aud, client_id].flat()
  if (!audiences.includes(audience))
    throw new Refusal(403, 'expected an access token for this audience, got one for another')
  if (token_use !== undefined && token_use !== 'access') {
    throw new Refusal(403, `expected a token for use as access, got ${token_use}`)
  }
}

/** Finds the issuer's keys through its discovery document (OpenID Connect Discovery 1.0). */
async function discoverKeys(issuer: string): Promise<ReturnType<typeof createRemoteJWKSet>> {
  const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  const answer = await fetch(address, { signal: AbortSignal.timeout(DISCOVERY_TIMEOUT_MS) })
  if (!answer.ok)
    throw new Error(`expected the discovery document at ${address}, got status ${answer.status}`)
  const document = v.parse(discoverySchema, await answer.json())
  if (document.issuer !== issuer) {
    throw new Error(`expected the discovery document of ${issuer}, got the document of ${document.issuer}`)
  }
  const keys = new URL(document.jwks_uri)
  if (keys.protocol !== 'https:' && !(keys.protocol === 'http:' && issuer.startsWith('http:'))) {
    throw new Error(`jwks_uri: expected an https address, like that of the issuer, got ${keys}`)
  }
  return createRemoteJWKSet(keys)
}
