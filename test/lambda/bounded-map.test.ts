import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BoundedMap } from '../../lambda/bounded-map.ts'

test('a full map forgets the entry that was set first', () => {
  const map = new BoundedMap<string, number>(2)
  map.set('a', 1)
  map.set('b', 2)
  assert.deepEqual([map.get('a'), map.get('b'), map.get('c')], [1, 2, undefined])
  map.set('c', 3)
  assert.deepEqual([map.get('a'), map.get('b'), map.get('c')], [undefined, 2, 3])
})

test('an entry that is set again is the newest, and takes no second place', () => {
  const map = new BoundedMap<string, number>(2)
  map.set('a', 1)
  map.set('b', 2)
  map.set('a', 3)
  map.set('c', 4)
  assert.deepEqual([map.get('a'), map.get('b'), map.get('c')], [3, undefined, 4])
})
