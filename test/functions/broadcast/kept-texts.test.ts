import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createKeptTexts } from '../../../functions/broadcast/kept-texts.ts'

test('texts are made once while they are kept, and the one unused for the longest time goes first', () => {
  const kept = createKeptTexts(10)
  const made: string[] = []
  const get = (key: string, length: number): string =>
    kept.get(key, () => {
      made.push(key)
      return key.repeat(length)
    })
  assert.equal(get('a', 4), 'aaaa')
  get('b', 4)
  get('a', 4)
  // Twelve bytes: b goes.
  get('c', 4)
  get('a', 4)
  assert.deepEqual(made, ['a', 'b', 'c'])
  get('b', 4)
  assert.deepEqual(made, ['a', 'b', 'c', 'b'])
  // A text above the bound is returned, and not kept.
  assert.equal(get('d', 11).length, 11)
  get('d', 11)
  assert.deepEqual(made.slice(4), ['d', 'd'])
})
