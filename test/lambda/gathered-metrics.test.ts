import assert from 'node:assert/strict'
import { after, before, type TestContext, test } from 'node:test'
import type { lambda } from '../../lambda/lambda-function.ts'
import { type CapturedMetrics, captureMetrics } from '../functions/captured-metrics.ts'
import { lambdaContext } from '../functions/invoke.ts'

let captured: CapturedMetrics
let make: typeof lambda
let count: (posts: number) => void
before(async () => {
  process.env.MARKET_CLOCK = 'system'
  captured = captureMetrics()
  const module = await import('../../lambda/lambda-function.ts')
  make = module.lambda
  count = posts => module.countAll({ Posts: posts })
})
after(() => captured[Symbol.dispose]())

/** A function that counts its event as posts, and fails for 0. */
function start(t: TestContext, every?: number) {
  t.mock.timers.enable({ apis: ['Date'], now: 1_800_000_000_000 })
  return make<number, void>(async posts => {
    count(posts)
    if (posts === 0) throw new Error('no posts')
  }, every)
}

test('every invocation writes its metrics', async t => {
  const handler = start(t)
  for (const posts of [1, 2]) await handler(posts, lambdaContext)
  assert.deepEqual(captured.take(), [{ Posts: 1 }, { Posts: 2 }])
})

test('a function that gathers for a second writes one line with a value of each invocation', async t => {
  const handler = start(t, 1_000)
  await handler(1, lambdaContext)
  assert.deepEqual(captured.take(), [{ Posts: 1 }])
  for (const posts of [2, 3]) {
    t.mock.timers.tick(499)
    await handler(posts, lambdaContext)
  }
  assert.deepEqual(captured.take(), [])
  t.mock.timers.tick(2)
  await handler(4, lambdaContext)
  assert.deepEqual(captured.take(), [{ Posts: [2, 3, 4] }])
  t.mock.timers.tick(999)
  await handler(5, lambdaContext)
  assert.deepEqual(captured.take(), [])
})

test('after an error, what was gathered is written at once', async t => {
  const handler = start(t, 1_000)
  await handler(1, lambdaContext)
  captured.take()
  await handler(2, lambdaContext)
  await assert.rejects(Promise.resolve(handler(0, lambdaContext)), /no posts/)
  assert.deepEqual(captured.take(), [{ Posts: [2, 0] }])
})
