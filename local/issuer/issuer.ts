/**
 * A local OpenID Connect issuer. It has what itastream uses of a real issuer: discovery, published keys, signed access tokens that
 * expire, and the authorization code flow with PKCE. Its sign-in form accepts every user. For programs there is a shorter way: a
 * POST to the token endpoint without a body returns a token. A program with a password gets a token by its client credentials.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { AuthorizationError, createAuthorization, isOfThisMachine } from './authorization.ts'
import { FORM_HEADERS, signInForm } from './sign-in-form.ts'
import {
  ALGORITHM,
  AUDIENCE,
  createTokenSigner,
  SCOPE,
  TOKEN_SECONDS,
  type TokenOverrides,
} from './token-signer.ts'

const USER = 'local-user'

export interface Issuer {
  /** The `iss` claim and base URL of the issuer; discovery is at `/.well-known/openid-configuration` below it. */
  readonly url: string
  readonly audience: string
  /** The scope that a token needs for real-time data. */
  readonly scope: string
  /** A POST to this URL returns a token for the local user; with `?user=ken` for the user `ken`. */
  readonly tokenUrl: string
  /** Passwords of programs (grant type `client_credentials`), by client id. A test may change them. */
  readonly programs: Map<string, string>
  token(subject?: string, overrides?: TokenOverrides): Promise<string>
  /** Faults of a drill: answers every request with 503. Returns a function that ends the fault. */
  fail(): () => void
  close(): Promise<void>
}

/** An answer to a request: a JSON object, a page, or an address to which the browser goes. */
type Answer =
  | { readonly json: object; readonly status?: number }
  | { readonly page: string }
  | { readonly location: string }

/**
 * Starts an issuer on the loopback address; port 0 takes a free port.
 * @param tokenSeconds lifetime of the tokens of the token endpoint.
 */
export async function startIssuer({
  port,
  tokenSeconds = TOKEN_SECONDS,
}: {
  readonly port: number
  readonly tokenSeconds?: number
}): Promise<Issuer> {
  const signer = await createTokenSigner()
  const authorization = createAuthorization(AUDIENCE)
  const programs = new Map<string, string>()
  const token = (subject = USER, overrides: TokenOverrides = {}): Promise<string> =>
    signer.sign(url, subject, overrides)

  function grantOf(address: URL, form: URLSearchParams) {
    if (form.size === 0) return { user: address.searchParams.get('user') ?? USER, scope: `openid ${SCOPE}` }
    if (form.get('grant_type') === 'client_credentials') return programGrant(programs, form)
    return authorization.grant(form)
  }

  async function tokenAnswer(address: URL, form: URLSearchParams): Promise<Answer> {
    const granted = grantOf(address, form)
    const { user, scope, refreshToken } = { refreshToken: undefined, ...granted }
    return {
      json: {
        access_token: await token(user, { expiresIn: tokenSeconds, scope }),
        token_type: 'Bearer',
        expires_in: tokenSeconds,
        ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
      },
    }
  }

  function authorizeAnswer(address: URL, form: URLSearchParams): Answer {
    const request = authorization.read(address.searchParams)
    if (form.get('answer') === 'refuse') return { location: authorization.refuse(request) }
    return { location: authorization.allow(request, form.get('user') || USER) }
  }

  function signOutAnswer(query: URLSearchParams): Answer {
    const address = query.get('post_logout_redirect_uri') ?? ''
    if (isOfThisMachine(address)) return { location: address }
    throw new AuthorizationError('invalid_request', 'expected a post_logout_redirect_uri on this machine')
  }

  async function answer(request: IncomingMessage, address: URL): Promise<Answer> {
    const form = new URLSearchParams(await text(request))
    switch (`${request.method} ${address.pathname}`) {
      case 'GET /.well-known/openid-configuration':
        return { json: discovery(url) }
      case 'GET /.well-known/jwks.json':
        return { json: signer.keySet }
      case 'GET /authorize':
        authorization.read(address.searchParams)
        return { page: signInForm(USER) }
      case 'POST /authorize':
        return authorizeAnswer(address, form)
      case 'POST /token':
        return tokenAnswer(address, form)
      case 'POST /revoke':
        authorization.revoke(form.get('token') ?? '')
        return { json: {} }
      case 'GET /sign-out':
        return signOutAnswer(address.searchParams)
      default:
        return { json: { error: 'not_found' }, status: 404 }
    }
  }

  let isFailing = false
  const server = createServer(async (request, response) => {
    if (isFailing) {
      response.writeHead(503, OPEN).end()
      return
    }
    if (request.method === 'OPTIONS') {
      response.writeHead(204, { ...OPEN, 'access-control-allow-methods': 'GET, POST' }).end()
      return
    }
    send(
      response,
      await answer(request, new URL(request.url ?? '/', url)).catch((error: unknown): Answer => {
        if (!(error instanceof AuthorizationError)) throw error
        return { json: { error: error.code, error_description: error.message }, status: 400 }
      }),
    )
  })
  await new Promise<void>((resolve, reject) =>
    server.once('error', reject).listen(port, '127.0.0.1', () => resolve()),
  )
  const url = `http://localhost:${(server.address() as AddressInfo).port}`

  return {
    url,
    audience: AUDIENCE,
    scope: SCOPE,
    tokenUrl: `${url}/token`,
    programs,
    token,
    fail() {
      isFailing = true
      return () => {
        isFailing = false
      }
    },
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** The client credentials grant of RFC 6749, 4.4, with the credentials in the body. */
function programGrant(programs: ReadonlyMap<string, string>, form: URLSearchParams) {
  const user = form.get('client_id') ?? ''
  const password = programs.get(user)
  if (password === undefined || form.get('client_secret') !== password)
    throw new AuthorizationError('invalid_client', 'expected the client_id and client_secret of a program')
  return { user, scope: SCOPE }
}

/** Headers of every answer: pages of any origin may call the issuer. */
const OPEN = { 'access-control-allow-origin': '*', 'cache-control': 'no-store' } as const

function send(response: ServerResponse, answer: Answer): void {
  if ('location' in answer) response.writeHead(303, { ...OPEN, location: answer.location }).end()
  else if ('page' in answer) response.writeHead(200, { ...OPEN, ...FORM_HEADERS }).end(answer.page)
  else
    response
      .writeHead(answer.status ?? 200, { ...OPEN, 'content-type': 'application/json' })
      .end(JSON.stringify(answer.json))
}

function discovery(url: string): object {
  return {
    issuer: url,
    jwks_uri: `${url}/.well-known/jwks.json`,
    authorization_endpoint: `${url}/authorize`,
    token_endpoint: `${url}/token`,
    revocation_endpoint: `${url}/revoke`,
    end_session_endpoint: `${url}/sign-out`,
    response_types_supported: ['code'],
    grant_types_supported: ['authorization_code', 'refresh_token'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['none'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [ALGORITHM],
  }
}
