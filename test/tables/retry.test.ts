import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addMillis, nowMillis } from '../../market/units.ts'
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
