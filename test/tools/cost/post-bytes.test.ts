import assert from 'node:assert/strict'
import { test } from 'node:test'
import { POST_FRAME_BYTES, UPDATE_BYTES } from '../../../tools/cost/measured.ts'
import { postBytes, updateBytes } from '../../../tools/cost/post-bytes.ts'

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
