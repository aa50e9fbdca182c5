/**
 * A local OpenID Connect issuer. There is no login: every caller gets a token for the same user. It has what itastream
 * uses of a real issuer: discovery, published keys, and signed access tokens that expire.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'

const ALGORITHM = 'RS256'
const KEY_ID = 'local-1'
const AUDIENCE = 'itastream-local'
/** The scope of real-time data, as the Cognito user pool of the stack names it. */
const SCOPE = 'itastream/realtime'
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

export interface Issuer {
  /** The `iss` claim and base URL of the issuer; discovery is at `/.well-known/openid-configuration` below it. */
  readonly url: string
  readonly audience: string
  /** The scope that a token needs for real-time data. */
  readonly scope: string
  /** A POST to this URL returns a token for the local user; with `?user=ken` for the user `ken`. */
  readonly tokenUrl: string
  token(subject?: string, overrides?: TokenOverrides): Promise<string>
  close(): Promise<void>
}

/** Starts an issuer on the loopback address; port 0 takes a free port. */
export async function startIssuer({ port }: { readonly port: number }): Promise<Issuer> {
  const own = await generateKeyPair(ALGORITHM)
  const unpublished = await generateKeyPair(ALGORITHM)
  const keys = { keys: [{ ...(await exportJWK(own.publicKey)), kid: KEY_ID, alg: ALGORITHM, use: 'sig' }] }

  async function token(subject = 'local-user', overrides: TokenOverrides = {}): Promise<string> {
    const now = Math.floor(Date.now() / 1000)
    const audience = overrides.audience ?? AUDIENCE
    // Cognito sets `client_id` and `token_use`; most other issuers set `aud`.
    return new SignJWT({
      token_use: overrides.use ?? 'access',
      client_id: audience,
      scope: overrides.scope ?? `openid ${SCOPE}`,
    })
      .setProtectedHeader({ alg: ALGORITHM, kid: KEY_ID, typ: 'JWT' })
      .setIssuer(overrides.issuer ?? url)
      .setAudience(audience)
      .setSubject(subject)
      .setIssuedAt(now)
      .setExpirationTime(now + (overrides.expiresIn ?? TOKEN_SECONDS))
      .setJti(crypto.randomUUID())
      .sign(overrides.unknownKey ? unpublished.privateKey : own.privateKey)
  }

  async function answer(method: string | undefined, address: URL): Promise<object | undefined> {
    switch (`${method} ${address.pathname}`) {
      case 'GET /.well-known/openid-configuration':
        return {
          issuer: url,
          jwks_uri: `${url}/.well-known/jwks.json`,
          token_endpoint: `${url}/token`,
          response_types_supported: ['token'],
          subject_types_supported: ['public'],
          id_token_signing_alg_values_supported: [ALGORITHM],
        }
      case 'GET /.well-known/jwks.json':
        return keys
      case 'POST /token':
        return {
          access_token: await token(address.searchParams.get('user') ?? undefined),
          token_type: 'Bearer',
          expires_in: TOKEN_SECONDS,
        }
      default:
        return undefined
    }
  }

  const server = createServer(async (request, response) => {
    const headers = { 'access-control-allow-origin': '*', 'cache-control': 'no-store' }
    if (request.method === 'OPTIONS') {
      response.writeHead(204, { ...headers, 'access-control-allow-methods': 'GET, POST' }).end()
      return
    }
    const body = await answer(request.method, new URL(request.url ?? '/', url))
    response
      .writeHead(body === undefined ? 404 : 200, { ...headers, 'content-type': 'application/json' })
      .end(JSON.stringify(body ?? { error: 'not_found' }))
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
    token,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
