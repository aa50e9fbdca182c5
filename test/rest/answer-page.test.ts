import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ANSWER_BYTES, AnswerPage } from '../../rest/answer-page.ts'

/** Returns an entry of so many bytes: {"a":"…"}. */
const entryOf = (bytes: number) => ({ a: 'x'.repeat(bytes - 8) })

test('a page takes entries, each with a comma, up to 240 of the 256 KB', () => {
  assert.equal(ANSWER_BYTES, 262_144)
  const page = new AnswerPage()
  assert.equal(page.takes(entryOf(200_000)), true)
  const left = 240 * 1_024 - 200_001
  assert.equal(page.takes(entryOf(left)), false)
  assert.equal(page.takes(entryOf(left - 1)), true)
  assert.equal(page.takes({}), false)
})

test('an entry counts with its bytes, not with its characters', () => {
  const page = new AnswerPage()
  assert.equal(page.takes({ a: '株'.repeat(82_000) }), false)
  assert.equal(page.takes({ a: '株'.repeat(81_000) }), true)
})
