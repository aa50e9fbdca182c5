/**
 * The authorization code flow of the local issuer: codes with PKCE (RFC 7636, S256), and refresh tokens that change with each use.
 * Errors are those of RFC 6749.
 */
import { createHash, randomBytes } from 'node:crypto'

/** A code is for one use within this time (ms). RFC 6749, 4.1.2 recommends at most ten minutes. */
const CODE_LIFE_MS = 60_000

/**
 * A used refresh token may be used again within this time (ms): a browser that leaves the page loses the answer with the new one.
 * The longest that Cognito allows (Cognito developer guide, "Refresh tokens": rotation).
 */
export const RETRY_MS = 60_000

/** A request for tokens that is refused: a code of RFC 6749, 4.1.2.1 or 5.2. */
export class AuthorizationError extends Error {
  override readonly name = 'AuthorizationError'
  readonly code: string

  constructor(code: string, description: string) {
    super(description)
    this.code = code
  }
}

/** A request to the authorization endpoint that is complete, and may be shown to the user. */
export interface AuthorizationRequest {
  readonly redirectUri: string
  readonly state: string | null
  readonly scope: string
  /** The hash of the verifier that the request for tokens must have. */
  readonly challenge: string
}

interface Grant {
  readonly request: AuthorizationRequest
  readonly user: string
  readonly until: number
}

/** What a token is issued for. */
export interface Granted {
  readonly user: string
  readonly scope: string
  readonly refreshToken: string
}

export interface Authorization {
  /** Reads a request. @throws AuthorizationError if it must not be shown to the user. */
  read(query: URLSearchParams): AuthorizationRequest
  /** Returns the address to which the browser returns with a code. */
  allow(request: AuthorizationRequest, user: string): string
  /** Returns the address to which the browser returns because the user has refused. */
  refuse(request: AuthorizationRequest): string
  /** Takes a request to the token endpoint. @throws AuthorizationError */
  grant(form: URLSearchParams): Granted
  /** Ends a refresh token, and all others of its sign-in (RFC 7009, 2.1). An unknown token changes nothing. */
  revoke(refreshToken: string): void
}

/** A sign-in: all refresh tokens that follow each other belong to it. */
interface SignIn {
  readonly user: string
  readonly scope: string
  /** When its refresh tokens were used first, ms; `undefined`: not yet. */
  readonly tokens: Map<string, number | undefined>
}

/**
 * @param clientId the only client. It is public: it has no secret.
 * @param now the clock, ms.
 */
export function createAuthorization(clientId: string, now: () => number = Date.now): Authorization {
  const codes = new Map<string, Grant>()
  /** Sign-ins by refresh token. */
  const signIns = new Map<string, SignIn>()

  function issue(signIn: SignIn): Granted {
    const refreshToken = randomBytes(32).toString('base64url')
    signIn.tokens.set(refreshToken, undefined)
    signIns.set(refreshToken, signIn)
    return { user: signIn.user, scope: signIn.scope, refreshToken }
  }

  function redeem(form: URLSearchParams): Granted {
    const code = form.get('code') ?? ''
    const grant = codes.get(code)
    codes.delete(code)
    if (grant === undefined || grant.until < now())
      throw new AuthorizationError('invalid_grant', 'the code is unknown, used or too old')
    const { redirectUri, challenge, scope } = grant.request
    if (form.get('redirect_uri') !== redirectUri)
      throw new AuthorizationError('invalid_grant', 'the code is for another redirect_uri')
    if (challengeOf(form.get('code_verifier') ?? '') !== challenge)
      throw new AuthorizationError('invalid_grant', 'the code_verifier does not fit')
    return issue({ user: grant.user, scope, tokens: new Map() })
  }

  function forgetUsed({ tokens }: SignIn): void {
    for (const [token, usedAt] of tokens) {
      if (usedAt === undefined || usedAt + RETRY_MS >= now()) continue
      tokens.delete(token)
      signIns.delete(token)
    }
  }

  function refresh(form: URLSearchParams): Granted {
    const token = form.get('refresh_token') ?? ''
    const signIn = signIns.get(token)
    if (signIn !== undefined) forgetUsed(signIn)
    if (signIn === undefined || !signIn.tokens.has(token))
      throw new AuthorizationError('invalid_grant', 'the refresh token is unknown or used')
    signIn.tokens.set(token, signIn.tokens.get(token) ?? now())
    return issue(signIn)
  }

  return {
    read: query => readRequest(query, clientId),
    allow(request, user) {
      const code = randomBytes(16).toString('base64url')
      codes.set(code, { request, user, until: now() + CODE_LIFE_MS })
      return returnTo(request, { code })
    },
    refuse: request =>
      returnTo(request, { error: 'access_denied', error_description: 'the user has refused' }),
    grant(form) {
      if (form.get('client_id') !== clientId)
        throw new AuthorizationError('invalid_client', `expected client_id ${clientId}`)
      switch (form.get('grant_type')) {
        case 'authorization_code':
          return redeem(form)
        case 'refresh_token':
          return refresh(form)
        default:
          throw new AuthorizationError(
            'unsupported_grant_type',
            'expected authorization_code or refresh_token',
          )
      }
    },
    revoke(token) {
      for (const each of signIns.get(token)?.tokens.keys() ?? []) signIns.delete(each)
    },
  }
}

function readRequest(query: URLSearchParams, clientId: string): AuthorizationRequest {
  const refuse = (description: string): never => {
    throw new AuthorizationError('invalid_request', description)
  }
  if (query.get('client_id') !== clientId) refuse(`expected client_id ${clientId}`)
  if (query.get('response_type') !== 'code') refuse('expected response_type code')
  if (query.get('code_challenge_method') !== 'S256') refuse('expected code_challenge_method S256')
  const redirectUri = query.get('redirect_uri') ?? ''
  if (!isOfThisMachine(redirectUri)) refuse('expected a redirect_uri on this machine')
  const challenge = query.get('code_challenge') ?? ''
  if (!/^[\w-]{43}$/.test(challenge)) refuse('expected a code_challenge of 43 characters')
  return { redirectUri, challenge, state: query.get('state'), scope: query.get('scope') ?? '' }
}

/** Whether an address is on this machine: the local issuer sends no user elsewhere. */
export function isOfThisMachine(address: string): boolean {
  const url = URL.parse(address)
  return url?.protocol === 'http:' && ['localhost', '127.0.0.1'].includes(url.hostname)
}

function challengeOf(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url')
}

function returnTo({ redirectUri, state }: AuthorizationRequest, answer: Record<string, string>): string {
  const url = new URL(redirectUri)
  for (const [name, value] of Object.entries(answer)) url.searchParams.set(name, value)
  if (state !== null) url.searchParams.set('state', state)
  return url.href
}
