/** Signs the access tokens of the local issuer. */
import { exportJWK, generateKeyPair, SignJWT } from 'jose'

export const ALGORITHM = 'RS256'
const KEY_ID = 'local-1'
export const AUDIENCE = 'itastream-local'
/** The scope of real-time data, as the Cognito user pool of the stack names it. */
export const SCOPE = 'itastream/realtime'
/** Lifetime of an access token in seconds: short, so that every app must renew it. */
export const TOKEN_SECONDS = 300

/** Changes that make a token invalid. Tests use them. */
export interface TokenOverrides {
  /** Seconds from now until the token expires; negative: it has expired. */
  readonly expiresIn?: number
  readonly audience?: string
  readonly issuer?: string
  readonly scope?: string
  /** The use of the token, as Cognito names it: `id` for an ID token. */
  readonly use?: 'access' | 'id'
  /** Signs with a key that the issuer does not publish, under the id of the published key. */
  readonly unknownKey?: boolean
}

export interface TokenSigner {
  /** The published keys. */
  readonly keySet: object
  sign(issuer: string, subject: string, overrides: TokenOverrides): Promise<string>
}

export async function createTokenSigner(): Promise<TokenSigner> {
  const own = await generateKeyPair(ALGORITHM)
  const unpublished = await generateKeyPair(ALGORITHM)
  return {
    keySet: { keys: [{ ...(await exportJWK(own.publicKey)), kid: KEY_ID, alg: ALGORITHM, use: 'sig' }] },
    sign(issuer, subject, overrides) {
      const now = Math.floor(Date.now() / 1000)
      const audience = overrides.audience ?? AUDIENCE
      // Cognito sets `client_id` and `token_use`; most other issuers set `aud`.
      return new SignJWT({
        token_use: overrides.use ?? 'access',
        client_id: audience,
        scope: overrides.scope ?? `openid ${SCOPE}`,
      })
        .setProtectedHeader({ alg: ALGORITHM, kid: KEY_ID, typ: 'JWT' })
        .setIssuer(overrides.issuer ?? issuer)
        .setAudience(audience)
        .setSubject(subject)
        .setIssuedAt(now)
        .setExpirationTime(now + (overrides.expiresIn ?? TOKEN_SECONDS))
        .setJti(crypto.randomUUID())
        .sign(overrides.unknownKey ? unpublished.privateKey : own.privateKey)
    },
  }
}
