import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { addMillis, nowMillis } from '../../market/units.ts'
import { ASK_LIMIT_MS, ASK_PAUSE_MS, FRESH_MS } from '../../sign-in/issuer-keys.ts'
import { Refusal } from '../../sign-in/refusal.ts'
import { tokenVerifier } from '../../sign-in/token-verifier.ts'
import { until } from '../until.ts'
import { keepsKeys, signingKey, startTestIssuer, type TestIssuer } from './test-issuer.ts'

const AUDIENCE = 'apps'
/** Requests of one attempt: the discovery document and the keys. */
const REQUESTS_PER_ATTEMPT = 2
/** A connect that waits for nobody takes less (ms), also on a busy machine. */
const AT_ONCE_MS = 250

describe('the keys of the issuer', () => {
  let issuer: TestIssuer
  /** Milliseconds that have passed for the verifier in addition to the real time. */
  let passed = 0
  let warnings: string[] = []
  let kept: ReturnType<typeof keepsKeys>
  let verify: ReturnType<typeof tokenVerifier>

  beforeEach(async () => {
    issuer = await startTestIssuer()
    passed = 0
    warnings = []
    kept = keepsKeys()
    verify = newEnvironment()
  })
  afterEach(() => issuer[Symbol.asyncDispose]())

  /** Returns the verifier of an environment of the function that has just started. */
  function newEnvironment(): ReturnType<typeof tokenVerifier> {
    return tokenVerifier({
      issuer: issuer.url,
      audience: AUDIENCE,
      scopes: [],
      warn: message => void warnings.push(message),
      kept,
      now: () => addMillis(nowMillis(), passed),
    })
  }

  /** Passes time, and returns a token that is valid then. */
  async function later(milliseconds: number): Promise<string> {
    passed += milliseconds
    return issuer.sign({ aud: AUDIENCE }, { expiresIn: passed / 1000 + 300 })
  }

  async function timed(work: () => Promise<unknown>): Promise<number> {
    const start = performance.now()
    await work()
    return performance.now() - start
  }

  const isRefused = (token: string): Promise<void> =>
    assert.rejects(verify(token), (error: unknown) => error instanceof Refusal && error.status === 401)

  it('are read once, and again when they are old', async () => {
    for (let i = 0; i < 3; i++) await verify(await later(0))
    assert.equal(issuer.requests, REQUESTS_PER_ATTEMPT)
    await verify(await later(FRESH_MS - 1_000))
    assert.equal(issuer.requests, REQUESTS_PER_ATTEMPT)
    await verify(await later(2_000))
    assert.equal(issuer.requests, 2 * REQUESTS_PER_ATTEMPT)
  })

  for (const mode of ['fails', 'hangs'] as const) {
    it(`stay in use while the issuer ${mode}, however long`, async () => {
      await verify(await later(0))
      issuer.mode = mode
      for (const minutes of [11, 60, 600]) {
        const token = await later(minutes * 60_000)
        const took = await timed(() => verify(token))
        assert.ok(took < ASK_LIMIT_MS / 2, `expected less than half of the limit, got ${took} ms`)
        // The failure is remembered: the next connect neither asks nor waits.
        const before = issuer.requests
        if (mode === 'fails') assert.ok((await timed(() => verify(token))) < AT_ONCE_MS)
        assert.ok(issuer.requests <= before + 1)
      }
      issuer.mode = 'answers'
      await verify(await later(ASK_LIMIT_MS + ASK_PAUSE_MS))
    })
  }

  for (const mode of ['fails', 'hangs'] as const) {
    it(`are known to a new environment while the issuer ${mode}`, async () => {
      await verify(await later(0))
      issuer.mode = mode
      verify = newEnvironment()
      const token = await later(0)
      const took = await timed(() => verify(token))
      assert.ok(took < ASK_LIMIT_MS / 2, `expected less than half of the limit, got ${took} ms`)
      // The kept keys are old: the issuer decides as soon as it answers.
      await until(() => warnings.includes('the keys of the issuer were not read'), 'the end of the attempt')
      issuer.mode = 'answers'
      const key = signingKey('k2')
      issuer.keys = [key.jwk]
      passed += ASK_LIMIT_MS + ASK_PAUSE_MS
      await verify(await issuer.sign({ aud: AUDIENCE }, { key }))
      await isRefused(token)
      assert.deepEqual(kept.keys, [key.jwk])
    })
  }

  it('of a slow issuer decide in a new environment, if the kept keys lack the key of the token', async () => {
    await verify(await later(0))
    const key = signingKey('k2')
    issuer.keys = [key.jwk]
    issuer.delay = 400
    verify = newEnvironment()
    await verify(await issuer.sign({ aud: AUDIENCE }, { key }))
  })

  it('are read from the issuer although the table fails', async () => {
    const failing = async (): Promise<never> => {
      throw new Error('the table does not answer')
    }
    Object.assign(kept, { read: failing, write: failing })
    await verify(await later(0))
    issuer.mode = 'fails'
    verify = newEnvironment()
    await assert.rejects(verify(await later(0)), /expected the keys of/)
    assert.ok(warnings.includes('the keys of the issuer were not kept'))
    assert.ok(warnings.includes('the kept keys of the issuer were not read'))
  })

  it('that never were read refuse a connect after a short limit, and then at once', async () => {
    issuer.mode = 'hangs'
    const token = await later(0)
    const notARefusal = (error: unknown): boolean => error instanceof Error && !(error instanceof Refusal)
    const first = await timed(() => assert.rejects(verify(token), notARefusal))
    assert.ok(first < ASK_LIMIT_MS + AT_ONCE_MS, `expected the limit of ${ASK_LIMIT_MS} ms, got ${first} ms`)
    const requests = issuer.requests
    const second = await timed(() => assert.rejects(verify(token), notARefusal))
    assert.ok(second < AT_ONCE_MS)
    assert.equal(issuer.requests, requests)
    issuer.mode = 'answers'
    await verify(await later(ASK_PAUSE_MS))
  })

  it('are taken only from the discovery document of this issuer, over its protocol, without a detour', async () => {
    const wrong: readonly (readonly [discovery: Record<string, string>, reason: RegExp])[] = [
      [{ issuer: 'https://other.example' }, /expected the discovery document of/],
      [{ jwks_uri: 'ftp://127.0.0.1/keys' }, /expected an https address/],
      [{ jwks_uri: `${issuer.url}/none` }, /got status 404/],
      [{ jwks_uri: `${issuer.url}/moved` }, /fetch failed/],
    ]
    for (const [discovery, reason] of wrong) {
      issuer.discovery = discovery
      verify = newEnvironment()
      await assert.rejects(verify(await later(0)), (error: Error) => {
        assert.match(String(error.cause), reason)
        return true
      })
    }
    issuer.discovery = {}
    await verify(await later(ASK_PAUSE_MS))
  })

  it('have the times that docs/deploy.md states, and a limit that a function can wait for', () => {
    assert.deepEqual([ASK_LIMIT_MS, ASK_PAUSE_MS, FRESH_MS], [2_000, 10_000, 600_000])
  })

  it('are asked for by tokens with unknown keys once in a pause only', async () => {
    await verify(await later(0))
    passed += ASK_PAUSE_MS
    for (let i = 0; i < 20; i++)
      await isRefused(await issuer.sign({ aud: AUDIENCE }, { kid: `unknown-${i}`, expiresIn: 900 }))
    assert.equal(issuer.requests, 2 * REQUESTS_PER_ATTEMPT)
  })

  it('include a new key as soon as a token names it, and lose a withdrawn one', async () => {
    const old = await later(0)
    await verify(old)
    const key = signingKey('k2')
    issuer.keys = [key.jwk]
    passed += ASK_PAUSE_MS
    await verify(await issuer.sign({ aud: AUDIENCE }, { key }))
    await isRefused(old)
  })

  it('stay usable beside keys that are not', async () => {
    const broken = { kty: 'RSA', kid: 'broken', n: '!', e: 'AQAB' }
    const unusable = [signingKey('short', 1024), signingKey('curve', 'P-256')]
    const otherUse = { ...signingKey('encrypts').jwk, use: 'enc' }
    issuer.keys = [broken, {}, ...unusable.map(({ jwk }) => jwk), otherUse, issuer.key.jwk]
    await verify(await later(0))
    assert.ok(warnings.includes('a key of the issuer cannot be used'))
    for (const kid of ['broken', 'short', 'curve', 'encrypts'])
      await isRefused(await issuer.sign({ aud: AUDIENCE }, { kid }))
    assert.equal(issuer.requests, REQUESTS_PER_ATTEMPT)
  })

  it('of a set without a usable key do not replace the known ones', async () => {
    await verify(await later(0))
    issuer.keys = [signingKey('short', 1024).jwk]
    await verify(await later(FRESH_MS))
    await verify(await later(ASK_PAUSE_MS))
    assert.ok(warnings.includes('the keys of the issuer were not read'))
  })

  it('verify with their own algorithm only', async () => {
    issuer.keys = [{ ...issuer.key.jwk, alg: 'RS512' }]
    await isRefused(await later(0))
    await verify(await issuer.sign({ aud: AUDIENCE }, { algorithm: 'RS512' }))
  })
})
