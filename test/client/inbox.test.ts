import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createInbox, MAX_WAITING_CHARACTERS } from '../../client/inbox.ts'
import { compressed } from '../compressed-text.ts'
import { until } from '../until.ts'

function openInbox() {
  const got: string[] = []
  const overflows: number[] = []
  const inbox = createInbox({
    deliver: text => void got.push(text),
    onOverflow: () => void overflows.push(got.length),
  })
  return { inbox, got, overflows }
}

test('messages come in the order of their arrival, compressed or not, with pauses between them', async () => {
  const size = fc.oneof(fc.nat(20), fc.nat(50_000))
  const message = fc.record({ isCompressed: fc.boolean(), size, isPaused: fc.boolean() })
  await fc.assert(
    fc.asyncProperty(fc.array(message, { maxLength: 30 }), async messages => {
      const { inbox, got } = openInbox()
      const texts = messages.map(({ size }, index) => `{"n":${index},"x":"${'y'.repeat(size)}"}`)
      for (const [index, { isCompressed, isPaused }] of messages.entries()) {
        inbox.add(isCompressed ? compressed(texts[index]!) : texts[index]!)
        if (isPaused) await new Promise(setImmediate)
      }
      await until(() => got.length === texts.length, 'all messages', { pollMs: 1 })
      assert.deepEqual(got, texts)
    }),
    { numRuns: 40 },
  )
})

test('without a compressed message before it, JSON comes at once', () => {
  const { inbox, got } = openInbox()
  inbox.add('{"n":1}')
  assert.deepEqual(got, ['{"n":1}'])
})

test('a text that cannot be inflated comes as it is, in its place', async () => {
  const { inbox, got } = openInbox()
  for (const text of [compressed('{"n":1}'), 'not json', '', '{"n":2}']) inbox.add(text)
  await until(() => got.length === 4, 'four texts')
  assert.deepEqual(got, ['{"n":1}', 'not json', '', '{"n":2}'])
})

test('an error of the receiver does not hold later messages', async t => {
  const errors: unknown[] = []
  t.mock.method(globalThis, 'queueMicrotask', (task: () => void) => {
    try {
      task()
    } catch (error) {
      errors.push(error)
    }
  })
  const got: string[] = []
  const inbox = createInbox({
    deliver(text) {
      if (text === '{"n":1}') throw new Error('a fault of the receiver')
      got.push(text)
    },
    onOverflow: () => assert.fail('few characters wait'),
  })
  inbox.add(compressed('{"n":1}'))
  inbox.add(compressed('{"n":2}'))
  await until(() => got.length === 1, 'the second message')
  assert.deepEqual([got, errors.map(String)], [['{"n":2}'], ['Error: a fault of the receiver']])
})

test('nothing comes after the end, although messages wait', async () => {
  const { inbox, got } = openInbox()
  inbox.add(compressed('{"n":1}'))
  inbox.add('{"n":2}')
  inbox.close()
  inbox.add('{"n":3}')
  const later = openInbox()
  later.inbox.add(compressed('{"n":4}'))
  later.inbox.add(compressed('{"n":5}'))
  await until(() => later.got.length === 2, 'two messages of a later inbox')
  assert.deepEqual(got, [])
})

test('four MiB of messages may wait; with more, the inbox ends', async () => {
  assert.equal(MAX_WAITING_CHARACTERS, 4_194_304)
  const { inbox, got, overflows } = openInbox()
  const first = compressed('{"n":0}')
  inbox.add(first)
  const rest = `{"n":"${'x'.repeat(1_048_576 - 8)}"}`
  for (let count = 0; count < 3; count++) inbox.add(rest)
  inbox.add(`{"n":"${'x'.repeat(1_048_576 - 8 - first.length)}"}`)
  assert.deepEqual(overflows, [])
  inbox.add('{}')
  assert.deepEqual([overflows, got], [[0], []])
  inbox.add('{}')
  assert.deepEqual([overflows, got], [[0], []])
})

test('messages that have come make room for others', async () => {
  const { inbox, got, overflows } = openInbox()
  const large = `{"n":"${'x'.repeat(3_000_000)}"}`
  for (let count = 1; count <= 3; count++) {
    inbox.add(compressed('{}'))
    inbox.add(large)
    await until(() => got.length === 2 * count, 'both messages')
  }
  assert.deepEqual(overflows, [])
})
