import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createWaitHistogram } from './wait-histogram.ts'

test('a histogram gives percentiles, counts above a bound, and itself from its entries', () => {
  const waits = createWaitHistogram()
  assert.equal(waits.percentile(0.5), 0)
  for (const wait of [30.2, 10, 20, 10, -5]) waits.add(wait)
  assert.deepEqual(waits.entries(), [
    [0, 1],
    [10, 2],
    [20, 1],
    [30, 1],
  ])
  assert.equal(waits.percentile(0.5), 10)
  assert.equal(waits.percentile(0.8), 20)
  assert.equal(waits.percentile(1), 30)
  assert.equal(waits.above(10), 2)
  assert.deepEqual(createWaitHistogram(waits.entries()).entries(), waits.entries())
})
