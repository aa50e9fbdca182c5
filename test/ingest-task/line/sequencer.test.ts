import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Frame } from '../../../ingest-task/line/frame.ts'
import { createSequencer } from '../../../ingest-task/line/sequencer.ts'

const frame = (sequence: number): Frame => ({
  type: 'prices',
  sequence,
  zip: false,
  snapshot: false,
  payload: Uint8Array.of(sequence & 0xff),
})

/** What happens to each frame on its way: how late it comes, whether it is lost, how often it comes. */
const fates = fc.array(
  fc.record({ delay: fc.nat(20), lost: fc.boolean(), copies: fc.integer({ min: 1, max: 3 }) }),
  { minLength: 1, maxLength: 60 },
)

test('frames lost, late or repeated come out once each and in order, if what is asked for is sent again', () => {
  fc.assert(
    fc.property(fates, deeds => {
      const sequencer = createSequencer()
      const out: number[] = []
      const arrivals = deeds
        .flatMap(({ delay, lost, copies }, index) =>
          lost ? [] : Array.from({ length: copies }, () => ({ sequence: index + 1, at: index + delay })),
        )
        .sort((a, b) => a.at - b.at)
      const take = (sequence: number): void => {
        for (const next of sequencer.take(frame(sequence))) out.push(next.sequence)
      }
      for (const { sequence } of arrivals) take(sequence)
      sequencer.announced(deeds.length)
      for (let range = sequencer.request(); range !== undefined; range = sequencer.request()) {
        for (let sequence = range.from; sequence <= range.to; sequence++) take(sequence)
      }
      assert.deepEqual(
        out,
        deeds.map((_, index) => index + 1),
      )
      assert.equal(sequencer.gap, false)
    }),
  )
})

test('a long gap is asked for in bounded pieces, one at a time', () => {
  const sequencer = createSequencer()
  assert.deepEqual(sequencer.take(frame(2000)), [])
  assert.deepEqual(sequencer.request(), { from: 1, to: 512 })
  assert.equal(sequencer.request(), undefined)
  for (let sequence = 1; sequence <= 512; sequence++) sequencer.take(frame(sequence))
  assert.deepEqual(sequencer.request(), { from: 513, to: 1024 })
  assert.deepEqual(sequencer.counts, { gaps: 1, repeats: 0, resends: 2 })
})

test('only what is missing is asked for', () => {
  const sequencer = createSequencer()
  for (const sequence of [1, 4, 5, 8]) sequencer.take(frame(sequence))
  assert.deepEqual(sequencer.request(), { from: 2, to: 3 })
  sequencer.take(frame(2))
  assert.deepEqual(
    sequencer.take(frame(3)).map(({ sequence }) => sequence),
    [3, 4, 5],
  )
  assert.deepEqual(sequencer.request(), { from: 6, to: 7 })
})
