import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { POST_BYTES } from '../../market/protocol.ts'
import { updatesJoiner } from '../../posts/join-updates.ts'

const text = fc
  .oneof(
    fc.string({ unit: 'grapheme', maxLength: 50 }),
    fc.integer({ min: 1_000, max: 2 * POST_BYTES }).map(length => '株'.repeat(Math.ceil(length / 3))),
  )
  .map(content => JSON.stringify({ content }))
const texts = fc.array(text, { maxLength: 12 })

test('texts are joined in order, events first and updates last, to messages as large as a post allows; a longer text gets its own', () => {
  fc.assert(
    fc.property(texts, texts, texts, fc.constantFrom(undefined, 1.4), (updates, events, missed, stretch) => {
      const join = updatesJoiner({ updates, events, missed, ...(stretch === undefined ? {} : { stretch }) })
      const messages = join([...updates.keys()], [...events.keys()], [...missed.keys()])
      const read = messages.map(
        message =>
          JSON.parse(message) as {
            type: string
            updates: object[]
            events?: object[]
            missed?: object[]
            stretch?: number
          },
      )
      const contents = read.map(({ updates, events = [], missed = [] }) => [
        ...events.map(event => JSON.stringify(event)),
        ...missed.map(entry => JSON.stringify(entry)),
        ...updates.map(update => JSON.stringify(update)),
      ])
      assert.deepEqual(contents.flat(), [...events, ...missed, ...updates])
      for (const [index, message] of read.entries()) {
        assert.deepEqual([message.type, message.stretch], ['updates', stretch])
        assert.notDeepEqual(message.events, [])
        assert.notDeepEqual(message.missed, [])
        const bytes = Buffer.byteLength(messages[index]!)
        assert.ok(bytes <= POST_BYTES || contents[index]!.length === 1)
        const next = contents[index + 1]?.[0]
        // A further text needs a comma, or the name of the events.
        if (next !== undefined)
          assert.ok(bytes + Buffer.byteLength(next) + '],"events":['.length > POST_BYTES)
      }
    }),
  )
})

test('the messages are exactly those of the protocol', () => {
  const texts = { updates: ['{"u":0}', '{"u":1}'], events: ['{"e":0}', '{"e":1}'] }
  const join = updatesJoiner(texts)
  assert.deepEqual(join([1], []), ['{"type":"updates","updates":[{"u":1}]}'])
  assert.deepEqual(join([], [0, 1]), ['{"type":"updates","updates":[],"events":[{"e":0},{"e":1}]}'])
  assert.deepEqual(updatesJoiner({ ...texts, stretch: 1.25 })([1, 0], [1]), [
    '{"type":"updates","updates":[{"u":1},{"u":0}],"events":[{"e":1}],"stretch":1.25}',
  ])
  assert.deepEqual(updatesJoiner({ ...texts, missed: ['{"m":0}', '{"m":1}'] })([0], [1], [1, 0]), [
    '{"type":"updates","updates":[{"u":0}],"missed":[{"m":1},{"m":0}],"events":[{"e":1}]}',
  ])
})

test('a connection without updates and events gets no message, also while paces are stretched', () => {
  assert.deepEqual(updatesJoiner({ updates: ['{}'], events: ['{}'], stretch: 2 })([], []), [])
})

test('a message takes 32 KB, and two messages are needed with one byte more', () => {
  const frame = '{"type":"updates","updates":[,]}'.length
  const withEvent = '{"type":"updates","updates":[],"events":[],"stretch":1.4}'.length
  const count = (bytes: number): number => {
    const half = Math.floor((bytes - frame) / 2)
    const updates = [half, bytes - frame - half].map(length => '1'.repeat(length))
    return updatesJoiner({ updates, events: [] })([0, 1], []).length
  }
  assert.deepEqual([count(32_768), count(32_769)], [1, 2])
  const countWithEvent = (bytes: number): number => {
    const updates = ['1'.repeat(bytes - withEvent - 5)]
    return updatesJoiner({ updates, events: ['"abc"'], stretch: 1.4 })([0], [0]).length
  }
  assert.deepEqual([countWithEvent(32_768), countWithEvent(32_769)], [1, 2])
})
