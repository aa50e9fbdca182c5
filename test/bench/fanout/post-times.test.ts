import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPostTimes } from '../../../bench/fanout/post-times.ts'

test('an interval runs from post to post of an app, and counts if it ends late enough', () => {
  const times = createPostTimes(1_000)
  times.note('a', 0)
  times.note('b', 400)
  times.note('a', 900)
  times.note('b', 1_400)
  times.note('a', 2_000)
  assert.deepEqual(times.intervals(), [1_000, 1_100])
  assert.equal(times.apps(), 2)
})

test('several posts at the same time are one', () => {
  const times = createPostTimes(0)
  for (const now of [100, 100, 600, 600]) times.note('a', now)
  assert.deepEqual(times.intervals(), [500])
})
