import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createStretch } from '../../../functions/broadcast/stretch.ts'
import { addMillis, asEpochMillis } from '../../../market/units.ts'

const NOW = asEpochMillis(1_800_000_000_000)

test('the factor of a round holds at once, and what is above 1 falls by half in two seconds', () => {
  const stretch = createStretch()
  assert.equal(stretch.note(1, NOW), 1)
  assert.equal(stretch.note(5, NOW), 5)
  assert.equal(stretch.note(1, addMillis(NOW, 2_000)), 3)
  assert.equal(stretch.note(2, addMillis(NOW, 4_000)), 2)
  assert.equal(stretch.note(4, addMillis(NOW, 4_000)), 4)
})

test('the factor comes in tenths, rounded down', () => {
  const stretch = createStretch()
  assert.equal(stretch.note(1.09, NOW), 1)
  assert.equal(stretch.note(1.25, NOW), 1.2)
})
