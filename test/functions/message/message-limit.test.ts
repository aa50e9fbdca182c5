import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createMessageLimit, refusalOf, type Verdict } from '../../../functions/message/message-limit.ts'
import { addMillis, asEpochMillis } from '../../../market/units.ts'

function open() {
  let now = asEpochMillis(1_800_000_000_000)
  const judge = createMessageLimit(() => now)
  return {
    judge,
    /** Sends so many messages of a connection at once. Returns how many got each verdict. */
    send(count: number, connection = 'app'): Partial<Record<Verdict, number>> {
      const counts: Partial<Record<Verdict, number>> = {}
      for (let index = 0; index < count; index++) {
        const verdict = judge(connection)
        counts[verdict] = (counts[verdict] ?? 0) + 1
      }
      return counts
    },
    pass(milliseconds: number) {
      now = addMillis(now, milliseconds)
    },
  }
}

test('fifty messages at once are accepted, and ten more each second', () => {
  const { send, pass } = open()
  assert.deepEqual(send(50), { accept: 50 })
  assert.deepEqual(send(1), { refuse: 1 })
  pass(1_000)
  assert.deepEqual(send(9), { accept: 9 })
  pass(99)
  assert.deepEqual(send(1), { refuse: 1 })
  pass(60_000)
  assert.deepEqual(send(51), { accept: 50, refuse: 1 })
})

test('a hundred messages are refused, the next one ends the connection, and later ones get no answer', () => {
  const { send, pass } = open()
  assert.deepEqual(send(150), { accept: 50, refuse: 100 })
  assert.deepEqual(send(10), { end: 1, ignore: 9 })
  pass(60_000)
  assert.deepEqual(send(1), { ignore: 1 })
  assert.deepEqual(send(1, 'another'), { accept: 1 })
})

test('a connection that never sends more than ten in a second is never refused', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 10 }), { maxLength: 60 }), seconds => {
      const { send, pass } = open()
      for (const count of seconds) {
        assert.deepEqual(send(count), count === 0 ? {} : { accept: count })
        pass(1_000)
      }
    }),
  )
})

test('a clock that goes back gives no further messages', () => {
  const { send, pass } = open()
  send(50)
  pass(-60_000)
  assert.deepEqual(send(1), { refuse: 1 })
})

test('the answers are an error without an id, and the end', () => {
  assert.deepEqual(refusalOf('refuse'), {
    type: 'error',
    code: 'too-many-messages',
    number: 1003,
    message: 'expected at most 10 messages a second, and 50 at once',
  })
  assert.deepEqual(refusalOf('end'), {
    type: 'end',
    code: 'too-many-messages',
    number: 1003,
    message: 'The connection sends messages too fast.',
  })
})
