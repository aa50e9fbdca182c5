import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BOARDS_BYTES, chunksOf, errorMessage, withId } from '../../../functions/message/sized-answers.ts'

test('an answer has the id of its message, also the empty ones, and none if the message has none', () => {
  assert.deepEqual(withId(0, { type: 'pong', time: 't' }), { type: 'pong', time: 't', id: 0 })
  assert.deepEqual(withId('', { type: 'pong', time: 't' }), { type: 'pong', time: 't', id: '' })
  assert.deepEqual(Object.keys(withId(undefined, { type: 'pong', time: 't' })), ['type', 'time'])
})

test('an error of 2,048 bytes is whole; with one more its text is cut to 220 characters and an ellipsis', () => {
  const frame = '{"type":"error","code":"bad-message","number":1002,"message":"","id":"x"}'
  const text = 'a'.repeat(2_048 - frame.length)
  assert.deepEqual(errorMessage('bad-message', text, 'x'), {
    type: 'error',
    code: 'bad-message',
    number: 1002,
    message: text,
    id: 'x',
  })
  const cut = { type: 'error', code: 'bad-message', number: 1002, message: `${'a'.repeat(220)}…`, id: 'xy' }
  assert.deepEqual(errorMessage('bad-message', text, 'xy'), cut)
})

test('the size of an error counts bytes: letters of three bytes, and escaped characters', () => {
  assert.match(JSON.stringify(errorMessage('bad-message', '株'.repeat(600), undefined)), /株"}$/)
  assert.match(JSON.stringify(errorMessage('bad-message', '株'.repeat(700), undefined)), /株…"}$/)
  const worst = errorMessage('too-many-issues', '\u0000'.repeat(500), '\u0000'.repeat(100))
  assert.ok(Buffer.byteLength(JSON.stringify(worst)) <= 2_048)
})

test('groups are filled to the limit, with a comma an item; a larger item is alone; no items are one group', () => {
  assert.deepEqual(chunksOf([], 10), [[]])
  // Each item takes 4 bytes with quotes and 1 for its comma.
  assert.deepEqual(chunksOf(['aa', 'bb', 'cc'], 10), [['aa', 'bb'], ['cc']])
  assert.deepEqual(chunksOf(['aa', 'bb', 'cc'], 9), [['aa'], ['bb'], ['cc']])
  assert.deepEqual(chunksOf(['aa', 'bb', 'cc'], 15), [['aa', 'bb', 'cc']])
  assert.deepEqual(chunksOf(['larger', 'aa', 'larger', 'bb'], 5), [['larger'], ['aa'], ['larger'], ['bb']])
})

test('boards take three quarters of the 128 KB of a message', () => {
  assert.equal(BOARDS_BYTES, 98_304)
})
