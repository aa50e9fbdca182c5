/** Signs users in at an OpenID Connect issuer: authorization code flow with PKCE, for a public client (RFC 9700, 2.1.1). */
import * as oauth from 'oauth4webapi'
import { addMillis, type EpochMillis, type Millis, nowMillis } from '../../market/units.ts'
import type { OidcConfig } from './page-config.ts'

/** Longest wait for an answer of the issuer. */
const ANSWER_LIMIT: Millis = 10_000
/** A token is renewed this long before its end, because the client asks for another one to three minutes before. */
const RENEW_BEFORE: Millis = 200_000
/** Life of a token if the issuer does not state it (`expires_in` is only recommended: RFC 6749, 5.1). */
const UNKNOWN_LIFE: Millis = 300_000

/**
 * Why there is no token: the user has `refused`; the issuer is `unreachable`; the sign-in has `ended` and is needed again; it has
 * `failed` for another reason.
 */
export type SignInProblem = 'refused' | 'unreachable' | 'ended' | 'failed'

export class SignInError extends Error {
  override readonly name = 'SignInError'
  readonly problem: SignInProblem

  constructor(problem: SignInProblem, message: string, cause?: unknown) {
    super(message, { cause })
    this.problem = problem
  }
}

export interface Tokens {
  readonly accessToken: string
  /** When the access token should be renewed. It lives a little longer. */
  readonly until: EpochMillis
  /** Absent if the issuer gives none. */
  readonly refreshToken?: string
}

/** What the return from the issuer is checked against. */
export interface PendingSignIn {
  readonly state: string
  readonly verifier: string
}

/** Every method throws a {@link SignInError}. */
export interface OidcClient {
  /** Returns the address at which the user signs in, and what {@link finish} needs. */
  begin(): Promise<PendingSignIn & { readonly address: string }>
  /** Exchanges the code in the address to which the issuer has returned. */
  finish(returned: URL, pending: PendingSignIn): Promise<Tokens>
  refresh(refreshToken: string): Promise<Tokens>
  /**
   * Revokes the refresh token, if the issuer can.
   * @returns the address at which the issuer ends its session and returns; `undefined` if it has none.
   */
  signOut(refreshToken: string | undefined): Promise<string | undefined>
}

/** @param redirectUri the address to which the issuer returns after signing in and out. */
export function createOidcClient(config: OidcConfig, redirectUri: string): OidcClient {
  const client: oauth.Client = { client_id: config.clientId }
  // The local issuer has no TLS. Browsers treat localhost as a secure place.
  const isLocal = new URL(config.issuer).hostname === 'localhost'
  const options = () => ({
    [oauth.allowInsecureRequests]: isLocal,
    signal: AbortSignal.timeout(ANSWER_LIMIT),
  })
  let known: oauth.AuthorizationServer | undefined

  async function discover(): Promise<oauth.AuthorizationServer> {
    const issuer = new URL(config.issuer)
    known ??= await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, options()))
    return known
  }

  return {
    begin: () =>
      explained(async () => {
        const { authorization_endpoint: endpoint } = await discover()
        if (endpoint === undefined)
          throw new Error('expected an authorization_endpoint of the issuer, got none')
        const state = oauth.generateRandomState()
        const verifier = oauth.generateRandomCodeVerifier()
        const address = withQuery(endpoint, {
          response_type: 'code',
          client_id: config.clientId,
          redirect_uri: redirectUri,
          scope: config.scope,
          state,
          code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
          code_challenge_method: 'S256',
        })
        return { state, verifier, address }
      }),
    finish: (returned, { state, verifier }) =>
      explained(async () => {
        const server = await discover()
        const code = oauth.validateAuthResponse(server, client, returned, state)
        const response = await oauth.authorizationCodeGrantRequest(
          server,
          client,
          oauth.None(),
          code,
          redirectUri,
          verifier,
          options(),
        )
        return tokensOf(await oauth.processAuthorizationCodeResponse(server, client, response))
      }),
    refresh: refreshToken =>
      explained(async () => {
        const server = await discover()
        const response = await oauth.refreshTokenGrantRequest(
          server,
          client,
          oauth.None(),
          refreshToken,
          options(),
        )
        const tokens = tokensOf(await oauth.processRefreshTokenResponse(server, client, response))
        // An issuer that does not change refresh tokens returns none.
        return { refreshToken, ...tokens }
      }),
    signOut: refreshToken =>
      explained(async () => {
        const server = await discover()
        if (refreshToken !== undefined && server.revocation_endpoint !== undefined)
          await oauth.revocationRequest(server, client, oauth.None(), refreshToken, options()).catch(() => {})
        return signOutAddress(config, server.end_session_endpoint, redirectUri)
      }),
  }
}

/** Cognito has parameters of its own (Cognito developer guide, "The managed login sign-out endpoint"). */
function signOutAddress(
  { clientId, cognitoUrl }: OidcConfig,
  endpoint: string | undefined,
  returnTo: string,
): string | undefined {
  if (cognitoUrl !== undefined)
    return withQuery(`${cognitoUrl}/logout`, { client_id: clientId, logout_uri: returnTo })
  if (endpoint === undefined) return undefined
  return withQuery(endpoint, { client_id: clientId, post_logout_redirect_uri: returnTo })
}

function withQuery(address: string, query: Readonly<Record<string, string>>): string {
  const url = new URL(address)
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
  return url.href
}

function tokensOf({
  access_token: accessToken,
  expires_in: seconds,
  refresh_token: refreshToken,
}: oauth.TokenEndpointResponse): Tokens {
  const life = seconds === undefined ? UNKNOWN_LIFE : seconds * 1000
  return {
    accessToken,
    until: addMillis(nowMillis(), life - Math.min(RENEW_BEFORE, life / 2)),
    ...(refreshToken === undefined ? {} : { refreshToken }),
  }
}

/** Runs requests to the issuer. @throws SignInError for every failure. */
async function explained<Result>(run: () => Promise<Result>): Promise<Result> {
  try {
    return await run()
  } catch (error) {
    throw new SignInError(problemOf(error), error instanceof Error ? error.message : String(error), error)
  }
}

function problemOf(error: unknown): SignInProblem {
  if (error instanceof oauth.AuthorizationResponseError && error.error === 'access_denied') return 'refused'
  if (error instanceof oauth.ResponseBodyError && error.error === 'invalid_grant') return 'ended'
  // fetch throws a TypeError if there is no answer, and the error of the signal after the limit.
  const isSilent = error instanceof TypeError || (error instanceof Error && error.name === 'TimeoutError')
  return isSilent ? 'unreachable' : 'failed'
}
