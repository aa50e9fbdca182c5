import assert from 'node:assert/strict'
import { test } from 'node:test'
import { placeOf, positionOf } from '../../../ingest-task/line/position.ts'

test('a position holds a session and a frame, and a later session has larger positions', () => {
  for (const [session, sequence] of [
    [0, 1],
    [32_400_000, 7031],
    [86_399_999, 2 ** 26 - 1],
  ] as const) {
    const position = positionOf(session, sequence)
    assert.deepEqual(placeOf(position), { session, sequence })
    assert.ok(Number.isSafeInteger(position))
    assert.ok(position < positionOf(session + 1, 0))
  }
})

test('frames beyond the range of a position keep the last position of their session', () => {
  const last = positionOf(5, 2 ** 26 - 1)
  assert.deepEqual(
    [2 ** 26, 2 ** 32 - 1].map(sequence => positionOf(5, sequence)),
    [last, last],
  )
})
