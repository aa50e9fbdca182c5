import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { POST_BYTES } from '../../market/protocol.ts'
import { joinUpdates } from '../../posts/push.ts'

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 50 }),
  fc.integer({ min: 1_000, max: 2 * POST_BYTES }).map(length => '株'.repeat(Math.ceil(length / 3))),
)

test('updates are joined in order to messages as large as a post allows; a longer update gets its own message', () => {
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 12 }), contents => {
      const texts = contents.map(content => JSON.stringify({ content }))
      const sizes = texts.map(each => Buffer.byteLength(each))
      const messages = joinUpdates(texts, sizes, [...texts.keys()])
      const read = messages.map(
        message => JSON.parse(message) as { type: string; updates: { content: string }[] },
      )
      assert.deepEqual(
        read.flatMap(message => message.updates.map(update => update.content)),
        contents,
      )
      const bytes = messages.map(message => Buffer.byteLength(message))
      for (const [index, message] of read.entries()) {
        assert.equal(message.type, 'updates')
        assert.ok(bytes[index]! <= POST_BYTES || message.updates.length === 1)
        const next = read[index + 1]?.updates[0]
        if (next !== undefined)
          assert.ok(bytes[index]! + Buffer.byteLength(JSON.stringify(next)) >= POST_BYTES)
      }
    }),
  )
})

test('a connection without updates gets no message of type updates', () => {
  assert.deepEqual(joinUpdates(['{}'], [2], []), [])
})
