/**
 * A stand-in for an OIDC issuer on one machine: anyone who can reach it is its one registered user. It does what
 * real ones do where itastream looks: discovery, published keys, signed access tokens that expire.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'

const ALGORITHM = 'RS256'
const KEY_ID = 'local-1'
const AUDIENCE = 'itastream-local'
/** Life of an access token in seconds: short, so that every app has to renew one. */
export const TOKEN_SECONDS = 300

/** What makes a token one that must be refused. */
export interface TokenOverrides {
  /** Seconds from now until it expires; negative is in the past. */
  readonly expiresIn?: number
  readonly audience?: string
  readonly issuer?: string
  /** Signed with a key that the issuer does not publish, under the published key's name. */
  readonly unknownKey?: boolean
}

export interface Issuer {
  /** The issuer's name and address; discovery is below it. */
  readonly url: string
  readonly audience: string
  /** Where a page posts to for a token of the local user. */
  readonly tokenUrl: string
  token(subject?: string, overrides?: TokenOverrides): Promise<string>
  close(): Promise<void>
}

/** Starts an issuer on this machine alone; port 0 takes a free one. */
export async function startIssuer({ port }: { readonly port: number }): Promise<Issuer> {
  const own = await generateKeyPair(ALGORITHM)
  const unpublished = await generateKeyPair(ALGORITHM)
  const keys = { keys: [{ ...(await exportJWK(own.publicKey)), kid: KEY_ID, alg: ALGORITHM, use: 'sig' }] }

  async function token(subject = 'local-user', overrides: TokenOverrides = {}): Promise<string> {
    const now = Math.floor(Date.now() / 1000)
    const audience = overrides.audience ?? AUDIENCE
    // `client_id` and `token_use` as Cognito writes them, `aud` as most others do.
    return new SignJWT({ token_use: 'access', client_id: audience, scope: 'openid' })
      .setProtectedHeader({ alg: ALGORITHM, kid: KEY_ID, typ: 'JWT' })
      .setIssuer(overrides.issuer ?? url)
      .setAudience(audience)
      .setSubject(subject)
      .setIssuedAt(now)
      .setExpirationTime(now + (overrides.expiresIn ?? TOKEN_SECONDS))
      .setJti(crypto.randomUUID())
      .sign(overrides.unknownKey ? unpublished.privateKey : own.privateKey)
  }

  async function answer(request: string): Promise<object | undefined> {
    switch (request) {
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
        return { access_token: await token(), token_type: 'Bearer', expires_in: TOKEN_SECONDS }
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
    const body = await answer(`${request.method} ${request.url}`)
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
    tokenUrl: `${url}/token`,
    token,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
