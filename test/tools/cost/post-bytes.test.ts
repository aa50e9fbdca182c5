import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { DEFLATED_BYTES, POST_FRAME_BYTES, UPDATE_BYTES } from '../../../tools/cost/measured.ts'
import { messagesOf, postBytes, sentBytes, updateBytes } from '../../../tools/cost/post-bytes.ts'

const VIEWS = ['board', 'quote'] as const

test('an update has the measured bytes at the measured points, and the mean halfway', () => {
  for (const view of VIEWS) {
    for (const [ticks, bytes] of UPDATE_BYTES[view]) assert.equal(updateBytes(view, ticks), bytes)
    const [[ticks, bytes], next] = UPDATE_BYTES[view]
    assert.equal(Math.round(updateBytes(view, (ticks + next![0]) / 2)), Math.round((bytes + next![1]) / 2))
  }
})

test('outside the measured points an update has the bytes of the nearest one', () => {
  for (const view of VIEWS) {
    assert.equal(updateBytes(view, 0), UPDATE_BYTES[view][0][1])
    assert.equal(updateBytes(view, 1e6), UPDATE_BYTES[view].at(-1)![1])
  }
})

test('more ticks make a longer update, and fewer bytes a tick', () => {
  for (const view of VIEWS) {
    for (const [index, [ticks, bytes]] of UPDATE_BYTES[view].slice(1).entries()) {
      const [fewer, shorter] = UPDATE_BYTES[view][index]!
      assert.ok(bytes > shorter && bytes / ticks < shorter / fewer)
    }
  }
})

test('a post has its frame and its updates', () => {
  const [ticks, bytes] = UPDATE_BYTES.board[0]
  assert.equal(postBytes('board', 20, 20 * ticks), POST_FRAME_BYTES + 20 * bytes)
})

test('a compressed post has the measured bytes at the measured points, and the mean halfway', () => {
  for (const view of VIEWS) {
    for (const [json, deflated] of DEFLATED_BYTES[view])
      assert.equal(sentBytes(view, 'deflate-1', json), deflated)
    const [[json, deflated], next] = DEFLATED_BYTES[view] as [readonly [number, number], [number, number]]
    near(sentBytes(view, 'deflate-1', (json + next[0]) / 2), (deflated + next[1]) / 2)
  }
})

test('a message of up to 32 KB is compressed by itself', () => {
  assert.deepEqual([0, 1, 32_768, 32_769].map(messagesOf), [0, 1, 1, 2])
  assert.equal(sentBytes('board', 'deflate-1', 4 * 27_838), 4 * 10_235)
  // Beyond the last point a message has the rate of the last point.
  near(sentBytes('board', 'deflate-1', 32_768), (32_768 * 10_235) / 27_838)
})

test('no compressed post has more bytes than JSON, and JSON stays', () => {
  fc.assert(
    fc.property(fc.constantFrom(...VIEWS), fc.integer({ min: 0, max: 200_000 }), (view, bytes) => {
      assert.ok(sentBytes(view, 'deflate-1', bytes) <= bytes)
      assert.equal(sentBytes(view, 'json', bytes), bytes)
    }),
  )
})

function near(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) < 1e-6 * expected, `expected ${expected}, got ${actual}`)
}
