import assert from 'node:assert/strict'
import { test } from 'node:test'
import { backoff } from '../../ingest-task/retry-backoff.ts'

test('the longest wait doubles from 100 ms with each attempt, up to the cap', () => {
  assert.deepEqual(
    [1, 2, 3, 4, 5, 6, 1000].map(attempt => backoff(attempt, 2000, 0.5)),
    [50, 100, 200, 400, 800, 1000, 1000],
  )
  assert.equal(backoff(1, 60, 0.5), 30)
  assert.equal(backoff(7, 2000, 0), 0)
})

test('the wait stays a number after any number of attempts', () => {
  assert.equal(backoff(1_000_000, Number.POSITIVE_INFINITY, 1), 100 * 2 ** 30)
})

test('waits are spread from nothing to the longest wait', () => {
  const waits = Array.from({ length: 100 }, () => backoff(1, 2000))
  assert.ok(waits.every(wait => wait >= 0 && wait < 100))
  assert.ok(new Set(waits).size > 50)
})
