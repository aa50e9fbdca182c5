import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { createTokenBucket } from '../../../local/cloud/quotas/token-bucket.ts'

/** Far below a token, far above the rounding of a level. */
const ROUNDING = 1e-6

/** Requests of one token: milliseconds after the request before. */
const gaps = fc.array(fc.nat({ max: 300 }), { minLength: 1, maxLength: 300 })

function openBucket(ratePerSecond: number, capacity: number) {
  let seconds = 1_000
  const bucket = createTokenBucket({ ratePerSecond, capacity, seconds: () => seconds })
  return {
    bucket,
    pass(passed: number) {
      seconds += passed
    },
  }
}

suite('a token bucket', () => {
  test('never gives more than it holds and its rate fills, and refuses only when it is empty', () => {
    const limits = { rate: fc.integer({ min: 1, max: 500 }), capacity: fc.integer({ min: 1, max: 50 }) }
    fc.assert(
      fc.property(fc.record(limits), gaps, ({ rate, capacity }, all) => {
        const { bucket, pass } = openBucket(rate, capacity)
        let now = 0
        const taken: number[] = []
        for (const gap of all) {
          pass(gap / 1000)
          now += gap / 1000
          // The tokens that every span of time up to now may still give.
          const left = [now, ...taken].map((from, index) => {
            const since = index === 0 ? 0 : taken.length - index + 1
            return capacity + (now - from) * rate - since
          })
          const least = Math.min(capacity, capacity + now * rate - taken.length, ...left)
          const isTaken = bucket.take()
          if (isTaken) assert.ok(least >= 1 - ROUNDING, `expected a refusal, ${least} tokens are left`)
          else assert.ok(least < 1 + ROUNDING, `expected a token, ${least} are left`)
          if (isTaken) taken.push(now)
        }
      }),
    )
  })

  test('gives a full bucket at once and then its rate', () => {
    const { bucket, pass } = openBucket(10, 5)
    const take = (count: number) => Array.from({ length: count }, () => bucket.take())
    assert.deepEqual(take(6), [true, true, true, true, true, false])
    pass(0.25)
    assert.deepEqual(take(3), [true, true, false])
    pass(60)
    assert.deepEqual(take(6), [true, true, true, true, true, false])
  })

  test('goes below zero for what is charged, and then waits until it is filled again', () => {
    const { bucket, pass } = openBucket(10, 5)
    bucket.charge(25)
    pass(2)
    assert.equal(bucket.take(), false)
    pass(0.125)
    assert.equal(bucket.take(), true)
  })

  test('gives more than it holds when it is full', () => {
    const { bucket, pass } = openBucket(10, 5)
    assert.equal(bucket.take(15), true)
    pass(1.25)
    assert.equal(bucket.take(15), false)
    pass(0.25)
    assert.equal(bucket.take(15), true)
  })

  test('is not filled by a clock that goes back', () => {
    const { bucket, pass } = openBucket(10, 1)
    assert.equal(bucket.take(), true)
    pass(-3600)
    assert.equal(bucket.take(), false)
    pass(0.125)
    assert.equal(bucket.take(), true)
  })
})
