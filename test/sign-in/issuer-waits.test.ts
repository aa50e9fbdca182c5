/** The waits of a connect for the issuer, by a mocked clock. */
import assert from 'node:assert/strict'
import { syncBuiltinESMExports } from 'node:module'
import { type TestContext, test } from 'node:test'
import { addMillis, nowMillis } from '../../market/units.ts'
import { createIssuerKeys, FRESH_MS } from '../../sign-in/issuer-keys.ts'
import { keepsKeys, startTestIssuer } from './test-issuer.ts'

/** Longest wait where older keys may do (ms). */
const WAIT_MS = 300

/** An issuer, and keys of a function that has started now. Timers move by `tick` only. */
async function open(t: TestContext) {
  const issuer = await startTestIssuer()
  t.after(() => issuer[Symbol.asyncDispose]())
  let passed = 0
  const kept = keepsKeys()
  const keys = createIssuerKeys({
    issuer: issuer.url,
    warn: () => {},
    kept,
    now: () => addMillis(nowMillis(), passed),
  })
  return {
    issuer,
    kept,
    find: keys.find,
    pass: (milliseconds: number) => {
      passed += milliseconds
    },
    /** Returns after how many ms of a mocked clock the key is found although the issuer does not answer. */
    async waitFor(id: string): Promise<number> {
      t.mock.timers.enable({ apis: ['setTimeout'] })
      // Named imports of built-in modules get the mocked functions only so.
      syncBuiltinESMExports()
      t.after(() => {
        t.mock.timers.reset()
        syncBuiltinESMExports()
      })
      let isFound = false
      const finding = keys.find(id).then(key => {
        isFound = key !== undefined
      })
      let waited = 0
      for (; waited < 2 * WAIT_MS; waited++) {
        await new Promise(setImmediate)
        if (isFound) break
        t.mock.timers.tick(1)
      }
      await finding
      return waited
    },
  }
}

test('a new environment waits 300 ms for the issuer, and then uses the kept keys', async t => {
  const { issuer, kept, waitFor } = await open(t)
  kept.keys = issuer.keys
  issuer.mode = 'hangs'
  assert.equal(await waitFor(issuer.key.id), WAIT_MS)
})

test('keys that are ten minutes old are asked for again, and used after 300 ms without an answer', async t => {
  const { issuer, find, pass, waitFor } = await open(t)
  assert.ok((await find(issuer.key.id)) !== undefined)
  issuer.mode = 'hangs'
  pass(FRESH_MS - 1_000)
  const { requests } = issuer
  assert.ok((await find(issuer.key.id)) !== undefined)
  assert.equal(issuer.requests, requests)
  pass(1_000)
  assert.equal(await waitFor(issuer.key.id), WAIT_MS)
})
