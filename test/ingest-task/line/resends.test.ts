import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isAnswer, isRecovering } from '../../../ingest-task/line/resends.ts'
import { announceFrames, removeConnection } from '../../../ingest-task/line/sequencer.ts'
import { A, B, TIMING } from './machine-run.ts'
import { Ordering } from './ordering.ts'

/** What happens to each frame on its way over one connection: its delay, whether it is lost, and its copies. */
const fates = fc.array(
  fc.record({ delay: fc.nat(20), lost: fc.boolean(), copies: fc.integer({ min: 1, max: 3 }) }),
  { minLength: 30, maxLength: 30 },
)

test('frames lost, late or repeated on both connections are taken once each and in order, if requests are answered', () => {
  fc.assert(
    fc.property(fates, fates, (a, b) => {
      const line = new Ordering()
      const arrivals = [a, b]
        .flatMap((deeds, connection) =>
          deeds.flatMap(({ delay, lost, copies }, index) =>
            lost
              ? []
              : Array.from({ length: copies }, () => ({
                  connection,
                  sequence: index + 1,
                  at: index + delay,
                })),
          ),
        )
        .sort((one, other) => one.at - other.at)
      for (const { connection, sequence } of arrivals) line.bring(connection, sequence)
      for (const connection of [A, B]) line.sequencer = announceFrames(line.sequencer, connection, a.length)
      for (let now = 0; ; now += TIMING.answerTimeout) {
        const step = line.decide([A, B], now)
        if (step === undefined) break
        assert.ok(step.kind === 'request')
        for (let sequence = step.range.from; sequence <= step.range.to; sequence++)
          line.bring(step.connection, sequence)
      }
      assert.deepEqual(
        line.taken,
        a.map((_, index) => index + 1),
      )
      assert.equal(isRecovering(line.resends, line.sequencer), false)
    }),
  )
})

test('a long gap is requested in bounded ranges, one at a time, from the connections in turn', () => {
  const line = new Ordering()
  line.bring(A, 2000)
  line.bring(B, 2000)
  assert.deepEqual(line.decide([A, B], 0), { kind: 'request', connection: A, range: { from: 1, to: 512 } })
  assert.equal(line.decide([A, B], 0), undefined)
  for (let sequence = 1; sequence <= 512; sequence++) line.bring(A, sequence)
  assert.deepEqual(line.decide([A, B], 0), {
    kind: 'request',
    connection: B,
    range: { from: 513, to: 1024 },
  })
  assert.deepEqual(line.counts, { gaps: 1, resends: 2, refused: 0 })
})

test('only missing frames are requested', () => {
  const line = new Ordering()
  line.bring(A, 1, 4, 5, 8)
  assert.deepEqual(line.decide([A], 0), { kind: 'request', connection: A, range: { from: 2, to: 3 } })
  line.bring(A, 2, 3)
  assert.deepEqual(line.taken, [1, 2, 3, 4, 5])
  assert.deepEqual(line.decide([A], 0), { kind: 'request', connection: A, range: { from: 6, to: 7 } })
})

test('a frame that the other connection has not passed is requested only after the fill time', () => {
  const line = new Ordering()
  line.bring(B, 1)
  line.bring(A, 1, 3)
  assert.deepEqual(line.decide([A, B], 1000), { kind: 'wait', until: 1050 })
  assert.equal(isRecovering(line.resends, line.sequencer), false)
  line.bring(B, 2)
  assert.equal(line.decide([A, B], 1010), undefined)
  assert.deepEqual(line.taken, [1, 2, 3])
  line.bring(A, 5)
  assert.deepEqual(line.decide([A, B], 2000), { kind: 'wait', until: 2050 })
  assert.deepEqual(line.decide([A, B], 2050), {
    kind: 'request',
    connection: A,
    range: { from: 4, to: 4 },
  })
  assert.equal(isRecovering(line.resends, line.sequencer), true)
  assert.deepEqual(line.counts, { gaps: 1, resends: 1, refused: 0 })
})

test('a range that one connection refuses is requested on the other, and given up when that refuses too', () => {
  const line = new Ordering()
  line.bring(A, 3)
  line.bring(B, 3)
  const range = { from: 1, to: 2 }
  assert.deepEqual(line.decide([A, B], 0), { kind: 'request', connection: A, range })
  // The refusal of an earlier request changes nothing.
  line.refuse(A, { from: 1, to: 1 })
  assert.equal(line.decide([A, B], 0), undefined)
  line.refuse(A, range)
  assert.deepEqual(line.decide([A, B], 0), { kind: 'request', connection: B, range })
  line.refuse(B, range)
  assert.deepEqual(line.decide([A, B], 0), { kind: 'give-up' })
})

test('an answer that was damaged on its way is requested again, after a wait', () => {
  const line = new Ordering()
  line.bring(A, 4)
  assert.equal(line.decide([A], 0)?.kind, 'request')
  line.bring(A, 2, 3)
  const wait = line.decide([A], 0)
  assert.ok(wait?.kind === 'wait' && wait.until > 0 && wait.until <= 100)
  assert.deepEqual(line.decide([A], 100), { kind: 'request', connection: A, range: { from: 1, to: 1 } })
})

test('a connection that leaves a request without an answer is overdue, and the other one is asked', () => {
  const line = new Ordering()
  line.bring(A, 3)
  line.bring(B, 3)
  line.decide([A, B], 0)
  assert.equal(line.overdue(TIMING.answerTimeout), undefined)
  assert.equal(line.overdue(TIMING.answerTimeout + 1), A)
  line.close(A)
  assert.equal(line.decide([B], TIMING.answerTimeout + 1)?.kind, 'request')
})

test('a request whose frames came another way needs no answer', () => {
  const line = new Ordering()
  line.bring(A, 3)
  line.decide([A], 0)
  line.bring(B, 1, 2)
  assert.equal(line.overdue(TIMING.answerTimeout + 1), undefined)
})

test('frames that no open connection comes nearer to are out of reach after a while', () => {
  const line = new Ordering()
  line.bring(A, 9)
  line.bring(B, 5)
  line.sequencer = removeConnection(line.sequencer, A)
  assert.equal(line.isOutOfReach([B], 1000), false)
  line.bring(B, 6)
  assert.equal(line.isOutOfReach([B], 5000), false)
  assert.equal(line.isOutOfReach([B], 11_000), false)
  assert.equal(line.isOutOfReach([B], 11_001), true)
})

test('frames are requested at once after a refusal, or when the asked connection is gone', () => {
  for (const end of ['refuse', 'close'] as const) {
    const line = new Ordering()
    line.bring(A, 3)
    line.bring(B, 3)
    assert.equal(line.decide([A, B], 0)?.kind, 'request')
    if (end === 'refuse') line.refuse(A, { from: 1, to: 2 })
    else line.close(A)
    assert.deepEqual(line.decide([B], 0), { kind: 'request', connection: B, range: { from: 1, to: 2 } })
  }
})

test('only the refusal of the request under way counts, from its own connection', () => {
  const line = new Ordering()
  line.bring(A, 3)
  line.decide([A], 0)
  line.refuse(B, { from: 1, to: 2 })
  line.refuse(A, { from: 1, to: 3 })
  line.refuse(A, { from: 2, to: 2 })
  assert.equal(line.counts.refused, 0)
  line.refuse(A, { from: 1, to: 2 })
  assert.equal(line.counts.refused, 1)
})

test('frames of a requested range are answers on their connection, both ends included', () => {
  const line = new Ordering()
  line.bring(A, 1, 5)
  line.decide([A], 0)
  assert.deepEqual(
    [1, 2, 4, 5].map(sequence => isAnswer(line.resends, A, sequence)),
    [false, true, true, false],
  )
  assert.equal(isAnswer(line.resends, B, 2), false)
  line.close(A)
  assert.equal(isAnswer(line.resends, A, 2), false)
})

test('a line without a missing frame is never out of reach', () => {
  const line = new Ordering()
  line.bring(A, 1)
  for (const now of [0, 100_000, 200_000]) assert.equal(line.isOutOfReach([A], now), false)
  line.bring(A, 3)
  assert.equal(line.isOutOfReach([A], 300_000), false)
  // Without an open connection nothing can come nearer.
  assert.equal(line.isOutOfReach([], 400_000), false)
})
