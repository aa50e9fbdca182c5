import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import {
  DEFAULT_PACE_MS,
  ERROR_BYTES,
  FASTEST_PACE_MS,
  MAX_BOARDS_PER_CONNECTION,
  MAX_ID_LENGTH,
  MAX_QUOTES_PER_CONNECTION,
  POST_BYTES,
  SLOWEST_PACE_MS,
} from '../../market/protocol.ts'

const DOCUMENT = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8')

/** Returns the number that the document states at the place of `N` in a text. */
function stated(text: string): number {
  const [before, after] = text.split('N') as [string, string]
  const start = DOCUMENT.indexOf(before)
  assert.ok(start >= 0, `expected "${before}" in docs/protocol.md`)
  const number = Number.parseInt(DOCUMENT.slice(start + before.length).trimStart(), 10)
  assert.ok(
    DOCUMENT.slice(start + before.length)
      .trimStart()
      .startsWith(`${number}${after}`),
    text,
  )
  return number
}

test('the limits of messages are those of the document', () => {
  assert.equal(MAX_BOARDS_PER_CONNECTION, stated('| boards of a connection  |N '))
  assert.equal(MAX_QUOTES_PER_CONNECTION, stated('| quotes of a connection  |N '))
  assert.equal(DEFAULT_PACE_MS, stated('Without a request the pace is N ms'))
  assert.equal(FASTEST_PACE_MS, stated('the nearest pace from N ms'))
  assert.equal(SLOWEST_PACE_MS, 5_000)
  assert.equal(MAX_ID_LENGTH, stated('a text of up to N characters'))
  assert.equal(ERROR_BYTES, stated('An error has at most N KB') * 1_024)
  // A post has at most one frame.
  assert.equal(POST_BYTES, stated('128 KB a message and N KB a frame') * 1_024)
})
