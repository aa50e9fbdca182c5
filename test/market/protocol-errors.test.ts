import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PROTOCOL_ERRORS } from '../../market/protocol-errors.ts'

test('codes keep their numbers: apps decide by them', () => {
  const numbers = Object.entries(PROTOCOL_ERRORS).map(([code, { number }]) => [code, number])
  assert.deepEqual(Object.fromEntries(numbers), {
    'not-json': 1001,
    'bad-message': 1002,
    'too-many-messages': 1003,
    'unknown-issue': 2001,
    'too-many-issues': 2002,
    'not-subscribed': 2003,
    'not-connected': 3001,
    'bad-parameter': 3002,
    'too-many-connections': 3003,
    'direct-request': 3004,
    'bad-token': 4001,
    'token-expired': 4002,
    'missing-scope': 4003,
    'other-user': 4004,
    'access-ended': 4005,
  })
})

test('no two errors have the same number, and each has one sentence', () => {
  const errors = Object.values(PROTOCOL_ERRORS)
  assert.equal(new Set(errors.map(({ number }) => number)).size, errors.length)
  for (const { sentence } of errors) assert.match(sentence, /^[A-Z][^.]*\.$/)
})
