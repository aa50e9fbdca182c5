/** Verifies access tokens of an OpenID Connect issuer, by the rules of API Gateway's JWT authorizers. */
import { errors, type JWTPayload, jwtVerify } from 'jose'
import { accessTokenProblem } from '../lambda/access-token.ts'
import { missingScope } from '../lambda/token-scopes.ts'
import { type EpochMillis, nowMillis } from '../market/units.ts'
import { TOKEN_LEEWAY_SECONDS } from '../tables/connections/connection-end.ts'
import { createIssuerKeys, type IssuerKeysOptions } from './issuer-keys.ts'
import { Refusal } from './refusal.ts'

/** The algorithms that an HTTP API accepts too: "only RSA-based" (API Gateway developer guide, JWT authorizers). */
const ALGORITHMS = ['RS256', 'RS384', 'RS512']

export interface TokenRules extends IssuerKeysOptions {
  /** A token needs one of these audiences; separated by spaces. */
  readonly audience: string
  /** A token needs one of these scopes. Empty: it needs none. */
  readonly scopes: readonly string[]
}

/**
 * Returns a function that verifies an access token and returns its claims.
 * @throws Refusal if the token is not an access token of the issuer for the audience, or is not valid now; Error if no
 * key of the issuer is known.
 */
export function tokenVerifier({ issuer, audience, scopes, warn, kept, now = nowMillis }: TokenRules) {
  const audiences = audience.split(' ')
  const keys = createIssuerKeys({ issuer, warn, kept, now })

  const keyOf = async ({ kid, alg }: { kid?: string; alg?: string }) => {
    if (typeof kid !== 'string')
      throw new Refusal(401, 'bad-token', 'expected a token that names its key, got one without kid')
    const found = await keys.find(kid)
    if (found === undefined)
      throw new Refusal(401, 'bad-token', 'expected a token signed by a key of the issuer, got another key')
    if (found.algorithm !== undefined && found.algorithm !== alg)
      throw new Refusal(
        401,
        'bad-token',
        'expected a token signed with the algorithm of its key, got another algorithm',
      )
    return found.key
  }

  return async (token: string): Promise<JWTPayload> => {
    const time = now()
    try {
      const { payload } = await jwtVerify(token, keyOf, {
        issuer,
        algorithms: ALGORITHMS,
        requiredClaims: ['exp'],
        clockTolerance: TOKEN_LEEWAY_SECONDS,
        currentDate: new Date(time),
      })
      checkTimes(payload, time)
      checkUse(payload, audiences, scopes)
      return payload
    } catch (error) {
      if (error instanceof errors.JWTExpired)
        throw new Refusal(
          401,
          'token-expired',
          'expected a token that is valid now, got one that has expired',
        )
      if (error instanceof errors.JOSEError)
        throw new Refusal(401, 'bad-token', `expected a valid access token, got ${error.code}`)
      throw error
    }
  }
}

/** Refuses what jose accepts and API Gateway does not: a token from the future, and a token without an end. */
function checkTimes({ exp, iat }: JWTPayload, now: EpochMillis): void {
  if (!Number.isFinite(exp))
    throw new Refusal(401, 'bad-token', 'expected a token that expires, got one without an end')
  if (iat !== undefined && iat > now / 1000 + TOKEN_LEEWAY_SECONDS)
    throw new Refusal(401, 'bad-token', 'expected a token issued by now, got one issued in the future')
}

/** Checks audience, use and scope. Access tokens of Cognito have no audience: their client id takes its place. */
function checkUse(claims: JWTPayload, audiences: readonly string[], scopes: readonly string[]): void {
  const { aud, client_id } = claims
  const named: unknown[] = [aud === undefined ? client_id : aud].flat()
  if (!audiences.some(audience => named.includes(audience)))
    throw new Refusal(403, 'bad-token', 'expected an access token for this audience, got one for another')
  const problem = accessTokenProblem(claims)
  if (problem !== undefined) throw new Refusal(403, 'bad-token', problem)
  const missing = missingScope(claims, scopes)
  if (missing !== undefined) throw new Refusal(403, 'missing-scope', missing)
}
