import assert from 'node:assert/strict'
import { after, mock, test } from 'node:test'
import { offeredToken } from '../../functions/connect/offered-token.ts'
import { Refusal } from '../../sign-in/refusal.ts'
import { tokenVerifier } from '../../sign-in/token-verifier.ts'
import { keepsKeys, type SignOptions, startTestIssuer } from './test-issuer.ts'

const issuer = await startTestIssuer()
after(() => issuer[Symbol.asyncDispose]())
/** The time at which tokens are signed and verified: a whole second. */
mock.timers.enable({ apis: ['Date'], now: Date.parse('2026-11-20T09:00:00+09:00') })

const AUDIENCE = 'apps'
const PROTOCOLS = 'expected the sub-protocols itastream.v1 and bearer.<access token>'
const verify = tokenVerifier({
  issuer: issuer.url,
  audience: AUDIENCE,
  scopes: [],
  warn: message => assert.fail(message),
  kept: keepsKeys(),
})

/** Returns the refusal of a token; undefined if it is accepted. */
async function refusalOf(options: SignOptions): Promise<string | undefined> {
  const token = await issuer.sign({ aud: AUDIENCE }, options)
  try {
    await verify(token)
    return undefined
  } catch (error) {
    assert.ok(error instanceof Refusal)
    assert.equal(error.status, 401)
    return error.message
  }
}

test('the token is the sub-protocol after bearer., in any place, with blanks around', () => {
  assert.equal(offeredToken('itastream.v1, bearer.abc'), 'abc')
  assert.equal(offeredToken(' bearer.a.b.c ,itastream.v1'), 'a.b.c')
  assert.equal(offeredToken('itastream.v1,other,bearer.first,bearer.second'), 'first')
})

test('without the sub-protocol or a token the offer is refused', () => {
  const wrong = [
    undefined,
    '',
    'itastream.v1',
    'bearer.abc',
    'itastream.v1, bearer.',
    'itastream.v1, abc.bearer.',
    'itastream.v2, bearer.abc',
  ]
  for (const header of wrong)
    assert.throws(() => offeredToken(header), { name: 'Refusal', status: 401, message: PROTOCOLS }, header)
})

test('a token needs one of the audiences', async () => {
  const verifyBoth = tokenVerifier({
    issuer: issuer.url,
    audience: `${AUDIENCE} canary`,
    scopes: [],
    warn: message => assert.fail(message),
    kept: keepsKeys(),
  })
  for (const claims of [{ aud: AUDIENCE }, { client_id: 'canary' }, { aud: ['other', 'canary'] }])
    await verifyBoth(await issuer.sign(claims, {}))
  for (const claims of [{ aud: 'other' }, { client_id: '' }, { aud: `${AUDIENCE} canary` }])
    await assert.rejects(async () => verifyBoth(await issuer.sign(claims, {})), { status: 403 })
})

test('a token is valid until five seconds after its end', async () => {
  assert.equal(await refusalOf({ expiresIn: -4 }), undefined)
  assert.equal(
    await refusalOf({ expiresIn: -5 }),
    'expected a token that is valid now, got one that has expired',
  )
  assert.match(
    (await refusalOf({ expiresIn: null })) ?? '',
    /^expected a valid access token, got ERR_JWT_CLAIM/,
  )
})

test('a token may be issued up to five seconds ahead of this clock', async () => {
  assert.equal(await refusalOf({ issuedIn: 5 }), undefined)
  const future = 'expected a token issued by now, got one issued in the future'
  assert.equal(await refusalOf({ issuedIn: 6 }), future)
})

test('a token may be as old as its end allows', async () => {
  assert.equal(await refusalOf({ issuedIn: -1_000_000 }), undefined)
})

test('the RSA algorithms of an HTTP API are accepted, and no other', async () => {
  for (const algorithm of ['RS256', 'RS384', 'RS512'])
    assert.equal(await refusalOf({ algorithm }), undefined, algorithm)
  const other = 'expected a valid access token, got ERR_JOSE_ALG_NOT_ALLOWED'
  assert.equal(await refusalOf({ algorithm: 'PS256' }), other)
})

test('a token must name a key of the issuer', async () => {
  assert.equal(await refusalOf({ kid: null }), 'expected a token that names its key, got one without kid')
  const unknown = 'expected a token signed by a key of the issuer, got another key'
  assert.equal(await refusalOf({ kid: 'k2' }), unknown)
})
