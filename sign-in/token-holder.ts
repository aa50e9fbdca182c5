/** Who holds an access token, and until when. */
import type { JWTPayload } from 'jose'
import { grantedScopes } from '../lambda/token-scopes.ts'
import { asEpochSeconds, type EpochSeconds } from '../market/units.ts'
import { Refusal } from './refusal.ts'

/** The most characters of a `sub` (OpenID Connect Core 1.0, 2). */
const MAX_USER_LENGTH = 255

/** The latest end that is kept: 9999-12-31T23:59:59Z, the last second that ISO 8601 writes with four digits. */
const LAST_SECOND = 253_402_300_799

export interface TokenHolder {
  /** The user: the claim `sub`. */
  readonly user: string
  /** The end of the token. */
  readonly expires: EpochSeconds
  /** The scopes of the token that give real-time data. Empty if it needs none. */
  readonly scopes: readonly string[]
  /** All claims of the token. */
  readonly claims: JWTPayload
}

/** Returns the user of a token; undefined if it names none, or one that no issuer may name so. */
export function userOf({ sub }: Readonly<Record<string, unknown>>): string | undefined {
  return typeof sub === 'string' && sub !== '' && sub.length <= MAX_USER_LENGTH ? sub : undefined
}

/**
 * Returns the holder of a verified token.
 * @param scopes the scopes that give real-time data.
 * @throws Refusal if the token names no user: limits, cuts and reports need the user.
 */
export function holderOf(claims: JWTPayload, scopes: readonly string[]): TokenHolder {
  const { exp = 0 } = claims
  const user = userOf(claims)
  if (user === undefined) {
    const message = `expected a token whose sub has 1 to ${MAX_USER_LENGTH} characters, got another sub`
    throw new Refusal(403, 'bad-token', message)
  }
  const granted = grantedScopes(claims)
  return {
    user,
    expires: asEpochSeconds(Math.min(Math.floor(exp), LAST_SECOND)),
    scopes: scopes.filter(scope => granted.includes(scope)),
    claims,
  }
}
