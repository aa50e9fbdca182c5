import assert from 'node:assert/strict'
import { test } from 'node:test'
import { barOf, rowOf } from '../../../tables/ticks/minute-row.ts'

test('a bar is stored as a row in this order, and read back with the members that it had', () => {
  const bar = { time: 32_400_000_000, open: 1, high: 4, low: 2, close: 3, volume: 500 }
  assert.deepEqual(rowOf(bar), [32_400_000_000, 1, 4, 2, 3, 500, null, 0])
  assert.deepEqual(barOf([32_400_000_000, 1, 4, 2, 3, 500, null, 0]), bar)
  const whole = { ...bar, turnover: 0, lost: true as const }
  assert.deepEqual(rowOf(whole), [32_400_000_000, 1, 4, 2, 3, 500, 0, 1])
  assert.deepEqual(barOf([32_400_000_000, 1, 4, 2, 3, 500, 0, 1]), whole)
})
