import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { accessTokenProblem } from '../../../lambda/access-token.ts'
import { type Authorize, createAuthorizer } from '../../../local/cloud/gateway/jwt.ts'
import { Refusal } from '../../../sign-in/refusal.ts'
import { tokenVerifier } from '../../../sign-in/token-verifier.ts'
import {
  keepsKeys,
  type SignOptions,
  signingKey,
  startTestIssuer,
  type TestIssuer,
} from '../../sign-in/test-issuer.ts'

const AUDIENCE = 'apps'
const SCOPES = ['prices/realtime', 'prices/all']

let issuer: TestIssuer
let authorize: Authorize
/** Without scopes, and with two of which a token needs one. */
let verifiers: { readonly scopes: readonly string[]; readonly verify: ReturnType<typeof tokenVerifier> }[]
before(async () => {
  issuer = await startTestIssuer()
  issuer.keys = [curve.jwk, small.jwk, issuer.key.jwk]
  authorize = createAuthorizer({ issuer: issuer.url, audience: [AUDIENCE], headers: ['authorization'] })
  const rules = { issuer: issuer.url, audience: AUDIENCE, warn: () => {}, kept: keepsKeys() }
  verifiers = [[], SCOPES].map(scopes => ({ scopes, verify: tokenVerifier({ ...rules, scopes }) }))
})
after(() => issuer[Symbol.asyncDispose]())

const curve = signingKey('curve', 'P-256')
const small = signingKey('small', 1_024)
const unpublished = signingKey('k1')

/** Whether connect accepts a token, without and with scopes. */
const opensSocket = (token: string): Promise<boolean[]> =>
  Promise.all(verifiers.map(({ verify }) => isVerified(verify, token)))

async function isVerified(verify: ReturnType<typeof tokenVerifier>, token: string): Promise<boolean> {
  try {
    await verify(token)
    return true
  } catch (error) {
    assert.ok(error instanceof Refusal, String(error))
    return false
  }
}

/** Whether the gateway and the function behind it answer a request with a token, without and with scopes. */
function readsPrices(token: string): Promise<boolean[]> {
  return Promise.all(
    verifiers.map(async ({ scopes }) => {
      const decision = await authorize({ authorization: `Bearer ${token}` }, scopes)
      return decision.kind === 'allowed' && accessTokenProblem(decision.claims) === undefined
    }),
  )
}

const use = fc.record(
  {
    token_use: fc.constantFrom('access', 'id', ''),
    at_hash: fc.constant('x'),
    nbf: fc.constantFrom(0, 4_000_000_000),
  },
  { requiredKeys: [] },
)
const scope = fc.oneof(
  fc.record({
    scope: fc.constantFrom('openid', 'prices/all', 'openid prices/realtime', 'prices/realtimes', ' ', ''),
  }),
  fc.record({
    scp: fc.constantFrom('prices/all', 'openid prices/all', ['openid', 'prices/all'], ['prices'], []),
  }),
  // `scp` counts only where there is no `scope`.
  fc.record({ scope: fc.constantFrom('openid', ''), scp: fc.constant('prices/all') }),
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
  const accepted = [0, 0]
  const valid = scope.map(own => [{ aud: AUDIENCE, ...own }, {}] as const)
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.tuple(claims, options), valid), async ([payload, chosen]) => {
      const token = await issuer.sign(payload, chosen)
      const isOpened = await opensSocket(token)
      assert.deepEqual(isOpened, await readsPrices(token))
      for (const [index, opened] of isOpened.entries()) if (opened) accepted[index]!++
    }),
    { numRuns: 300 },
  )
  assert.ok(
    accepted.every(count => count > 10),
    `expected some accepted tokens, got ${accepted}`,
  )
})

const NEITHER = [false, false]

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
      assert.deepEqual([await opensSocket(token), await readsPrices(token)], [NEITHER, NEITHER])
    }),
    { numRuns: 500 },
  )
})
