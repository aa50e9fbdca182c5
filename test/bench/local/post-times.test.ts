import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPostTimes } from '../../../bench/local/post-times.ts'

test('updates that arrive together belong to one post, and each gets the time of the post before', () => {
  const posts = createPostTimes()
  assert.equal(posts.note(1_000), -Infinity)
  assert.equal(posts.note(1_050), -Infinity)
  assert.equal(posts.note(1_500), 1_000)
  assert.equal(posts.note(1_501), 1_000)
  assert.equal(posts.note(2_000), 1_500)
})
