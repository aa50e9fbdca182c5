import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { Refusal, tokenVerifier } from '../../../functions/connect/token.ts'
import { accessTokenProblem } from '../../../lambda/access-token.ts'
import { type Authorize, createAuthorizer } from '../../../local/cloud/gateway/jwt.ts'
import {
  keepsKeys,
  type SignOptions,
  signingKey,
  startTestIssuer,
  type TestIssuer,
} from '../../functions/connect/test-issuer.ts'

const AUDIENCE = 'apps'

let issuer: TestIssuer
let authorize: Authorize
let verify: ReturnType<typeof tokenVerifier>
before(async () => {
  issuer = await startTestIssuer()
  issuer.keys = [curve.jwk, small.jwk, issuer.key.jwk]
  authorize = createAuthorizer({ issuer: issuer.url, audience: [AUDIENCE], headers: ['authorization'] })
  verify = tokenVerifier({ issuer: issuer.url, audience: AUDIENCE, warn: () => {}, kept: keepsKeys() })
})
after(() => issuer[Symbol.asyncDispose]())

const curve = signingKey('curve', 'P-256')
const small = signingKey('small', 1_024)
const unpublished = signingKey('k1')

/** Whether connect accepts a token. */
async function opensSocket(token: string): Promise<boolean> {
  try {
    await verify(token)
    return true
  } catch (error) {
    assert.ok(error instanceof Refusal, String(error))
    return false
  }
}

/** Whether the gateway and the function behind it answer a request with a token. */
async function readsPrices(token: string): Promise<boolean> {
  const decision = await authorize({ authorization: `Bearer ${token}` }, [])
  return decision.kind === 'allowed' && accessTokenProblem(decision.claims) === undefined
}

const use = fc.record(
  {
    token_use: fc.constantFrom('access', 'id', ''),
    at_hash: fc.constant('x'),
    nbf: fc.constantFrom(0, 4_000_000_000),
    scope: fc.constant('openid'),
  },
  { requiredKeys: [] },
)
const audience = fc.record(
  {
    aud: fc.constantFrom<string | string[]>(AUDIENCE, 'others', '', [AUDIENCE, 'others'], ['others'], []),
    client_id: fc.constantFrom(AUDIENCE, 'others'),
  },
  { requiredKeys: [] },
)
const claims = fc.oneof(
  audience,
  use.map(own => ({ aud: AUDIENCE, ...own })),
  fc.constant({ client_id: AUDIENCE, token_use: 'access' }),
)

/** Most tokens have one fault at most, so that each rule decides. */
const options = fc.oneof(
  fc.constant<SignOptions>({}),
  fc.record<SignOptions>({ algorithm: fc.constantFrom('RS256', 'RS384', 'RS512', 'PS256') }),
  fc.record<SignOptions>({ kid: fc.constantFrom(null, 'unknown', 'curve') }),
  fc.record<SignOptions>({ expiresIn: fc.constantFrom(null, -60, 60) }),
  fc.record<SignOptions>({ issuedIn: fc.constantFrom(-60, 60) }),
  fc.constant<SignOptions>({ issuer: 'https://issuer.example' }),
  fc.constant<SignOptions>({ key: unpublished }),
  fc.constant<SignOptions>({ key: curve, algorithm: 'ES256' }),
)

test('WebSocket and REST accept the same tokens', async () => {
  let accepted = 0
  await fc.assert(
    fc.asyncProperty(claims, options, async (payload, chosen) => {
      const token = await issuer.sign(payload, chosen)
      const isOpened = await opensSocket(token)
      assert.equal(isOpened, await readsPrices(token))
      if (isOpened) accepted++
    }),
    { numRuns: 300 },
  )
  assert.ok(accepted > 10, `expected some accepted tokens, got ${accepted}`)
})

test('rubbish as a token is refused on both', async () => {
  const encoded = (json: unknown): string => Buffer.from(JSON.stringify(json)).toString('base64url')
  const header = fc
    .record({
      alg: fc.constantFrom('RS256', 'none', 'HS256', '', null, 1, ['RS256']),
      kid: fc.constantFrom('k1', 'curve', '__proto__', '', null, {}, 1),
    })
    .map(encoded)
  const part = fc.oneof(fc.string(), fc.base64String(), fc.jsonValue().map(encoded), header)
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 5 }), async parts => {
      const token = parts.join('.')
      assert.deepEqual([await opensSocket(token), await readsPrices(token)], [false, false])
    }),
    { numRuns: 500 },
  )
})
