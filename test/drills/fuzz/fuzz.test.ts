import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BATCH_CASES, openFuzz } from './fuzz.ts'

const CASES = 20_000

test('mutated frames, archives, texts and messages are read correctly or refused with a named error', () => {
  const fuzz = openFuzz()
  for (let seed = 1; seed <= CASES / BATCH_CASES; seed++) fuzz.run(seed)
  const seen = fuzz.tally.entries().map(([name]) => name)
  assert.deepEqual(seen, [
    'FlexError',
    'content: issues',
    'content: messages',
    'content: news',
    'content: phase',
    'frame-crc',
    'frame-flags',
    'frame-length',
    'frame-type',
    'frames',
    'largest numbers',
    'magic',
    'message: no tick',
    'message: ticks',
    'text',
    'zip-bomb',
    'zip-crc',
    'zip-deflate',
    'zip-format',
    'zip-truncated',
  ])
})
