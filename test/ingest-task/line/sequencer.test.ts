import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Timing } from '../../../ingest-task/line/connection.ts'
import type { Frame } from '../../../ingest-task/line/frame.ts'
import { createResends, type Resends } from '../../../ingest-task/line/resends.ts'
import { createSequencer, type Sequencer } from '../../../ingest-task/line/sequencer.ts'

const TIMING: Timing = {
  heartbeat: 1000,
  receiveTimeout: 4000,
  fillTimeout: 50,
  answerTimeout: 5000,
  backoffCap: 5000,
}
const A = 0
const B = 1

const frame = (sequence: number): Frame => ({
  type: 'prices',
  sequence,
  zip: false,
  snapshot: false,
  payload: Uint8Array.of(sequence & 0xff),
})

interface Desk {
  readonly sequencer: Sequencer
  readonly resends: Resends
  /** Numbers of the frames that came out, in order. */
  readonly out: number[]
  bring(connection: number, ...sequences: number[]): void
}

function desk(): Desk {
  const sequencer = createSequencer(2)
  const out: number[] = []
  const resends = createResends(sequencer, TIMING)
  return {
    sequencer,
    resends,
    out,
    bring(connection, ...sequences) {
      for (const sequence of sequences) {
        sequencer.take(frame(sequence), connection, resends.answered(connection, sequence, 0))
        for (let next = sequencer.next(); next !== undefined; next = sequencer.next()) {
          assert.deepEqual([...next.frame.payload], [next.frame.sequence & 0xff])
          out.push(next.frame.sequence)
        }
      }
    },
  }
}

/** What happens to each frame on its way over one connection: how late it comes, whether it is lost, how often. */
const fates = fc.array(
  fc.record({ delay: fc.nat(20), lost: fc.boolean(), copies: fc.integer({ min: 1, max: 3 }) }),
  { minLength: 30, maxLength: 30 },
)

test('frames lost, late or repeated on both connections come out once each and in order, if what is asked for comes', () => {
  fc.assert(
    fc.property(fates, fates, (a, b) => {
      const { sequencer, resends, out, bring } = desk()
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
      for (const { connection, sequence } of arrivals) bring(connection, sequence)
      for (const connection of [A, B]) sequencer.announced(connection, a.length)
      for (let now = 0; ; now += TIMING.answerTimeout) {
        const step = resends.next([A, B], now)
        if (step === undefined) break
        assert.ok(step.kind === 'ask')
        for (let sequence = step.range.from; sequence <= step.range.to; sequence++)
          bring(step.connection, sequence)
      }
      assert.deepEqual(
        out,
        a.map((_, index) => index + 1),
      )
      assert.equal(resends.recovering, false)
    }),
  )
})

test('the first copy of a frame wins, the second is no repeat, and a third is', () => {
  const { sequencer, out, bring } = desk()
  bring(A, 1, 2)
  bring(B, 1, 2, 3, 3)
  bring(A, 3, 3)
  assert.deepEqual(out, [1, 2, 3])
  assert.deepEqual(sequencer.counts, { wins: [2, 1], repeats: 2 })
})

test('a long gap is asked for in bounded pieces, one at a time, in turn', () => {
  const { resends, bring } = desk()
  bring(A, 2000)
  bring(B, 2000)
  assert.deepEqual(resends.next([A, B], 0), { kind: 'ask', connection: A, range: { from: 1, to: 512 } })
  assert.equal(resends.next([A, B], 0), undefined)
  for (let sequence = 1; sequence <= 512; sequence++) bring(A, sequence)
  assert.deepEqual(resends.next([A, B], 0), { kind: 'ask', connection: B, range: { from: 513, to: 1024 } })
  assert.deepEqual(resends.counts, { gaps: 1, resends: 2, refused: 0 })
})

test('only what is missing is asked for', () => {
  const { resends, out, bring } = desk()
  bring(A, 1, 4, 5, 8)
  assert.deepEqual(resends.next([A], 0), { kind: 'ask', connection: A, range: { from: 2, to: 3 } })
  bring(A, 2, 3)
  assert.deepEqual(out, [1, 2, 3, 4, 5])
  assert.deepEqual(resends.next([A], 0), { kind: 'ask', connection: A, range: { from: 6, to: 7 } })
})

test('what the other connection has not passed yet, it may bring by itself for a while', () => {
  const { resends, out, bring } = desk()
  bring(B, 1)
  bring(A, 1, 3)
  assert.deepEqual(resends.next([A, B], 1000), { kind: 'wait', milliseconds: 50 })
  assert.equal(resends.recovering, false)
  bring(B, 2)
  assert.equal(resends.next([A, B], 1010), undefined)
  assert.deepEqual(out, [1, 2, 3])
  bring(A, 5)
  assert.deepEqual(resends.next([A, B], 2000), { kind: 'wait', milliseconds: 50 })
  assert.deepEqual(resends.next([A, B], 2050), { kind: 'ask', connection: A, range: { from: 4, to: 4 } })
  assert.equal(resends.recovering, true)
  assert.deepEqual(resends.counts, { gaps: 1, resends: 1, refused: 0 })
})

test('what one connection refuses is asked for on the other, and given up when that refuses too', () => {
  const { resends, bring } = desk()
  bring(A, 3)
  bring(B, 3)
  const range = { from: 1, to: 2 }
  assert.deepEqual(resends.next([A, B], 0), { kind: 'ask', connection: A, range })
  resends.refused(A, { from: 1, to: 1 }) // Of a request long forgotten.
  assert.equal(resends.next([A, B], 0), undefined)
  resends.refused(A, range)
  assert.deepEqual(resends.next([A, B], 0), { kind: 'ask', connection: B, range })
  resends.refused(B, range)
  assert.deepEqual(resends.next([A, B], 0), { kind: 'give-up' })
})

test('an answer that was damaged on its way is asked for again, and not at once', () => {
  const { resends, bring } = desk()
  bring(A, 4)
  assert.equal(resends.next([A], 0)?.kind, 'ask')
  bring(A, 2, 3)
  const wait = resends.next([A], 0)
  assert.ok(wait?.kind === 'wait' && wait.milliseconds <= 100)
  assert.deepEqual(resends.next([A], 100), { kind: 'ask', connection: A, range: { from: 1, to: 1 } })
})

test('a connection that leaves a request without an answer is named, and the other is asked', () => {
  const { resends, bring } = desk()
  bring(A, 3)
  bring(B, 3)
  resends.next([A, B], 0)
  assert.equal(resends.overdue(TIMING.answerTimeout), undefined)
  assert.equal(resends.overdue(TIMING.answerTimeout + 1), A)
  resends.closed(A)
  assert.equal(resends.next([B], TIMING.answerTimeout + 1)?.kind, 'ask')
})

test('a request whose frames came another way needs no answer', () => {
  const { resends, bring } = desk()
  bring(A, 3)
  resends.next([A], 0)
  bring(B, 1, 2)
  assert.equal(resends.overdue(TIMING.answerTimeout + 1), undefined)
})

test('frames that nobody comes nearer to mean nothing after a while', () => {
  const { sequencer, resends, bring } = desk()
  bring(A, 9)
  bring(B, 5)
  sequencer.closed(A)
  assert.equal(resends.stuck([B], 1000), false)
  bring(B, 6)
  assert.equal(resends.stuck([B], 5000), false)
  assert.equal(resends.stuck([B], 11_000), false)
  assert.equal(resends.stuck([B], 11_001), true)
})

test('frames that came while a snapshot was taken are used from its end on', () => {
  const { sequencer, out, bring } = desk()
  bring(A, 1)
  sequencer.hold()
  bring(A, 2, 3, 4)
  bring(B, 3, 4, 5)
  assert.deepEqual(out, [1])
  sequencer.restart(3)
  bring(B, 6)
  assert.deepEqual(out, [1, 4, 5, 6])
  assert.equal(sequencer.highest, 6)
})

test('a frame that was no good is missing again, and those behind it wait', () => {
  const { sequencer, resends, out, bring } = desk()
  bring(A, 1)
  bring(B, 1)
  sequencer.reject()
  resends.disappointed(A)
  bring(A, 2)
  bring(B, 2)
  assert.deepEqual(out, [1])
  assert.deepEqual(resends.next([A, B], 0), { kind: 'ask', connection: B, range: { from: 1, to: 1 } })
  bring(B, 1)
  assert.deepEqual(out, [1, 1, 2])
})
