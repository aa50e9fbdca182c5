import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPostTimes } from '../../../bench/fanout/post-times.ts'
import { updatesJoiner } from '../../../posts/join-updates.ts'

const EVENT = JSON.stringify({ type: 'time', time: '2026-11-20T15:30:00+09:00' })
const join = updatesJoiner({ updates: ['{"issue":"7203"}'], events: [EVENT] })
const [UPDATE = ''] = join([0], [0])
const [TIME = ''] = join([], [0])

test('an interval runs from post to post of an app, and counts if it ends late enough', () => {
  const times = createPostTimes(1_000)
  times.note('a', 0, UPDATE)
  times.note('b', 400, UPDATE)
  times.note('a', 900, UPDATE)
  times.note('b', 1_400, UPDATE)
  times.note('a', 2_000, UPDATE)
  assert.deepEqual(times.intervals(), [1_000, 1_100])
  assert.equal(times.apps(), 2)
})

test('several posts at the same time are one', () => {
  const times = createPostTimes(0)
  for (const now of [100, 100, 600, 600]) times.note('a', now, UPDATE)
  assert.deepEqual(times.intervals(), [500])
})

test('a post without updates ends no interval and starts none', () => {
  const times = createPostTimes(0)
  times.note('a', 100, UPDATE)
  times.note('a', 600, TIME)
  times.note('b', 600, TIME)
  times.note('a', 5_100, UPDATE)
  assert.deepEqual(times.intervals(), [5_000])
  assert.equal(times.apps(), 1)
})
