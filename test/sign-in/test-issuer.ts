/** An OpenID Connect issuer over HTTP, with the faults that a test asks for. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type JWTPayload, SignJWT } from 'jose'
import type { KeptKeys } from '../../sign-in/issuer-keys.ts'

/** How the issuer answers: as it should, with status 503, or never. */
export type IssuerMode = 'answers' | 'fails' | 'hangs'

export interface SigningKey {
  readonly id: string
  readonly privateKey: KeyObject
  /** The published form. */
  readonly jwk: Readonly<Record<string, unknown>>
}

export interface SignOptions {
  /** Default: the first key of the issuer. */
  readonly key?: SigningKey
  readonly algorithm?: string
  /** The `kid` of the token; null: none. Default: the id of the key. */
  readonly kid?: string | null
  /** Seconds from now, or null for a token without an end. Default: 300. */
  readonly expiresIn?: number | null
  /** Seconds from now. Default: 0. */
  readonly issuedIn?: number
  readonly issuer?: string
}

export interface TestIssuer extends AsyncDisposable {
  readonly url: string
  readonly key: SigningKey
  mode: IssuerMode
  /** Time before each answer, ms. */
  delay: number
  /** The published keys. */
  keys: Readonly<Record<string, unknown>>[]
  /** Members of the discovery document that differ from the right ones. */
  discovery: Readonly<Record<string, string>>
  /** Requests so far. */
  readonly requests: number
  sign(claims: JWTPayload, options?: SignOptions): Promise<string>
}

/** Makes a key pair. @param type an elliptic curve, or the bits of an RSA key. */
export function signingKey(id: string, type: 'P-256' | number = 2_048): SigningKey {
  const { publicKey, privateKey } =
    type === 'P-256'
      ? generateKeyPairSync('ec', { namedCurve: type })
      : generateKeyPairSync('rsa', { modulusLength: type })
  return { id, privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid: id, use: 'sig' } }
}

/** Returns a place in memory that keeps the keys of an issuer. */
export function keepsKeys(): KeptKeys & { keys: readonly unknown[] | undefined } {
  const kept = {
    keys: undefined as readonly unknown[] | undefined,
    read: async () => kept.keys,
    write: async (keys: readonly unknown[]) => {
      kept.keys = keys
    },
  }
  return kept
}

export async function startTestIssuer(): Promise<TestIssuer> {
  const key = signingKey('k1')
  let requests = 0
  const server = createServer(async (request, response) => {
    requests++
    if (issuer.mode === 'hangs') return
    await sleep(issuer.delay)
    const documents: Readonly<Record<string, unknown>> = {
      '/.well-known/openid-configuration': {
        issuer: issuer.url,
        jwks_uri: `${issuer.url}/keys`,
        ...issuer.discovery,
      },
      '/keys': { keys: issuer.keys },
    }
    if (request.url === '/moved') {
      response.writeHead(302, { location: '/keys' }).end()
      return
    }
    const document = documents[request.url ?? '']
    const status = issuer.mode === 'fails' ? 503 : document === undefined ? 404 : 200
    response.writeHead(status, { 'content-type': 'application/json', connection: 'close' })
    response.end(JSON.stringify(document ?? {}))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  const issuer: TestIssuer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    key,
    mode: 'answers',
    delay: 0,
    keys: [key.jwk],
    discovery: {},
    get requests() {
      return requests
    },
    sign(claims, { algorithm = 'RS256', expiresIn = 300, issuedIn = 0, ...options } = {}) {
      const { id, privateKey } = options.key ?? key
      const kid = options.kid === undefined ? id : options.kid
      const now = Math.floor(Date.now() / 1000)
      const unsigned = new SignJWT({ sub: 'user', ...claims })
        .setProtectedHeader({ alg: algorithm, ...(kid === null ? {} : { kid }) })
        .setIssuedAt(now + issuedIn)
        .setIssuer(options.issuer ?? issuer.url)
      if (expiresIn !== null) unsigned.setExpirationTime(now + expiresIn)
      return unsigned.sign(privateKey)
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return issuer
}
