/**
 * The rule by which both APIs tell access tokens from ID tokens. API Gateway cannot do so: "There is no standard
 * mechanism to differentiate JWT access tokens from other types of JWTs" (API Gateway developer guide, JWT authorizers).
 */

/** Claims with the hash of an access token or code: only an ID token has them (OpenID Connect Core 1.0, 3.3.2.11). */
const ID_TOKEN_CLAIMS = ['at_hash', 'c_hash']

/**
 * Returns why the claims of a valid token are not those of an access token; undefined if they may be.
 * @param claims values as in the token, or as text, in which an HTTP API passes them on.
 */
export function accessTokenProblem(claims: Readonly<Record<string, unknown>>): string | undefined {
  // Cognito states the use of each token.
  const { token_use: use } = claims
  if (use !== undefined && use !== 'access') return `expected a token for use as access, got ${textOf(use)}`
  const found = ID_TOKEN_CLAIMS.find(name => claims[name] !== undefined)
  return found === undefined ? undefined : `expected an access token, got an ID token with the claim ${found}`
}

/** Longest text of a claim in a message, characters. */
const MAX_TEXT = 40

function textOf(value: unknown): string {
  return String(JSON.stringify(value)).slice(0, MAX_TEXT)
}
