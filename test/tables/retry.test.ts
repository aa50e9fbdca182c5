import assert from 'node:assert/strict'
import { syncBuiltinESMExports } from 'node:module'
import { type TestContext, test } from 'node:test'
import { addMillis, asEpochMillis, nowMillis } from '../../market/units.ts'
import { DeadlineError, isThrottle, type RetryOptions, retryUntil, TryAgain } from '../../tables/retry.ts'

const options = (patienceMs: number): RetryOptions => ({
  deadline: addMillis(nowMillis(), patienceMs),
  expected: 'a result',
  firstWaitMs: 1,
  longestWaitMs: 4,
})

function errorNamed(name: string): Error {
  return Object.assign(new Error('refused'), { name })
}

test('attempts are repeated until one has a result', async () => {
  let attempts = 0
  const result = await retryUntil(options(10_000), async () => {
    attempts++
    if (attempts === 1) return new TryAgain('nothing')
    if (attempts === 2) throw errorNamed('ThrottlingException')
    return undefined
  })
  assert.equal(result, undefined)
  assert.equal(attempts, 3)
})

test('the deadline ends the attempts with an error that has the last result', async () => {
  const unprocessed = retryUntil(options(30), async () => new TryAgain('3 keys unprocessed'))
  await assert.rejects(
    unprocessed,
    /^DeadlineError: expected a result before the deadline, got 3 keys unprocessed \(\d+ attempts\)$/,
  )
  const cause = errorNamed('InternalServerError')
  const throttled = retryUntil(options(30), () => Promise.reject(cause))
  await assert.rejects(throttled, error => error instanceof DeadlineError && error.cause === cause)
})

test('an error that cannot pass ends the attempts at once', async () => {
  let attempts = 0
  const refuse = (name: string) => async () => {
    attempts++
    throw errorNamed(name)
  }
  await assert.rejects(retryUntil(options(10_000), refuse('ValidationException')), { message: 'refused' })
  const isRetryable = (error: unknown) => !isThrottle(error)
  await assert.rejects(retryUntil({ ...options(10_000), isRetryable }, refuse('ThrottlingException')), {
    message: 'refused',
  })
  assert.equal(attempts, 2)
})

/** Returns the waits (ms) before `count` further attempts, if each wait is as long as `random` says. */
async function waitsOf(t: TestContext, random: number, count: number, some: Partial<RetryOptions> = {}) {
  t.mock.timers.enable({ apis: ['Date', 'setTimeout'], now: 0 })
  // Named imports of built-in modules get the mocked functions only so.
  syncBuiltinESMExports()
  t.mock.method(Math, 'random', () => random)
  const times: number[] = []
  const attempts = retryUntil({ deadline: asEpochMillis(1e6), expected: 'a result', ...some }, async () => {
    times.push(Date.now())
    return times.length > count ? 'result' : new TryAgain('nothing')
  })
  while (times.length <= count) {
    await new Promise(setImmediate)
    t.mock.timers.runAll()
  }
  await attempts
  t.mock.reset()
  t.mock.timers.reset()
  syncBuiltinESMExports()
  return times.slice(1).map((time, index) => time - times[index]!)
}

test('a wait is 25 ms at first, and doubles up to two seconds, or as the caller says; half of it is random', async t => {
  assert.deepEqual(await waitsOf(t, 1, 9), [25, 50, 100, 200, 400, 800, 1_600, 2_000, 2_000])
  assert.deepEqual(await waitsOf(t, 1, 4, { firstWaitMs: 10, longestWaitMs: 30 }), [10, 20, 30, 30])
  assert.deepEqual(await waitsOf(t, 0, 4, { firstWaitMs: 20, longestWaitMs: 60 }), [10, 20, 30, 30])
  assert.deepEqual(await waitsOf(t, 0.5, 2, { firstWaitMs: 20 }), [15, 30])
})

test('an attempt that would start at the deadline does not start', async t => {
  t.mock.timers.enable({ apis: ['Date'], now: 0 })
  t.mock.method(Math, 'random', () => 1)
  const attemptsUntil = async (deadline: number): Promise<string> => {
    const attempts = retryUntil(
      { deadline: asEpochMillis(deadline), expected: 'a result', firstWaitMs: 2, longestWaitMs: 8 },
      async () => new TryAgain('nothing'),
    )
    const error = await attempts.catch(reason => reason as Error)
    return /\((\d+) attempts\)/.exec(String(error))?.[1] ?? ''
  }
  // The clock stands still: the waits take 2, 4 and 8 ms.
  assert.equal(await attemptsUntil(0), '1')
  assert.equal(await attemptsUntil(2), '1')
  assert.equal(await attemptsUntil(3), '2')
  assert.equal(await attemptsUntil(4), '2')
  assert.equal(await attemptsUntil(5), '3')
})
