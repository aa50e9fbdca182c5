import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withoutUndefined } from '../../market/without-undefined.ts'

test('members that are undefined are left out; other empty values are kept', () => {
  const members = { price: 1_000, side: undefined, quantity: 0, name: '', none: null, lost: false }
  const copy = withoutUndefined(members)
  assert.deepEqual(Object.keys(copy), ['price', 'quantity', 'name', 'none', 'lost'])
  assert.deepEqual(copy, { price: 1_000, quantity: 0, name: '', none: null, lost: false })
})
