/** Access tokens of an OpenID Connect issuer. */
import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from 'jose'
import * as v from 'valibot'
import { BEARER_PREFIX, SUBPROTOCOL } from '../../market/protocol.ts'

/** Why a connection is refused, and with which status. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: 401 | 403

  constructor(status: 401 | 403, message: string) {
    super(message)
    this.status = status
  }
}

/** The issuer's document must come within this time (ms). */
const DISCOVERY_TIMEOUT_MS = 3_000
const discoverySchema = v.object({ issuer: v.string(), jwks_uri: v.pipe(v.string(), v.url()) })

/**
 * The token that a list of sub-protocols offers beside ours.
 * @throws Refusal when ours or the token is missing.
 */
export function offeredToken(header: string | undefined): string {
  const offered = (header ?? '').split(',').map(text => text.trim())
  const token = offered.find(text => text.startsWith(BEARER_PREFIX))?.slice(BEARER_PREFIX.length)
  if (!offered.includes(SUBPROTOCOL) || !token) {
    throw new Refusal(401, `expected the sub-protocols ${SUBPROTOCOL} and ${BEARER_PREFIX}<access token>`)
  }
  return token
}

/** @returns a check that throws a {@link Refusal} for a token that is not `issuer`'s for `audience`, or never ends. */
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
      if (isTokensFault(error)) throw new Refusal(401, `the access token is not accepted: ${error.code}`)
      // The keys could not be had: they are asked for again at the next connect.
      keys = undefined
      throw error
    }
  }
}

/** Whether the token is at fault, and not the way to the issuer's keys. */
function isTokensFault(error: unknown): error is errors.JOSEError {
  if (!(error instanceof errors.JOSEError) || error instanceof errors.JWKSTimeout) return false
  return error.code !== errors.JOSEError.code
}

/** Access tokens name whom they are for in `aud`, those of Cognito in `client_id`. */
function checkAudience({ aud, client_id, token_use }: JWTPayload, audience: string): void {
  const named = [aud, client_id].flat()
  if (!named.includes(audience)) throw new Refusal(403, 'the access token is for another audience')
  if (token_use !== undefined && token_use !== 'access') {
    throw new Refusal(403, `expected an access token, got one for use as ${token_use}`)
  }
}

/** The issuer's keys by its discovery document (OpenID Connect Discovery 1.0). */
async function discoverKeys(issuer: string): Promise<ReturnType<typeof createRemoteJWKSet>> {
  const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  const answer = await fetch(address, { signal: AbortSignal.timeout(DISCOVERY_TIMEOUT_MS) })
  if (!answer.ok)
    throw new Error(`expected the discovery document at ${address}, got status ${answer.status}`)
  const document = v.parse(discoverySchema, await answer.json())
  if (document.issuer !== issuer) {
    throw new Error(`expected the discovery document of ${issuer}, got that of ${document.issuer}`)
  }
  const keys = new URL(document.jwks_uri)
  if (keys.protocol !== 'https:' && !(keys.protocol === 'http:' && issuer.startsWith('http:'))) {
    throw new Error(`expected keys at https, as their issuer is; got ${keys}`)
  }
  return createRemoteJWKSet(keys)
}
