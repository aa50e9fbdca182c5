import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fnv1a } from '../../market/hash.ts'

test('the hash is the 32-bit FNV-1a of its authors', () => {
  // http://www.isthe.com/chongo/src/fnv/test_fnv.c
  const known = { '': 0x811c9dc5, a: 0xe40c292c, b: 0xe70c2de5, fo: 0x6222e842, foobar: 0xbf9cf968 }
  for (const [text, hash] of Object.entries(known)) assert.equal(fnv1a(text), hash, text)
})
