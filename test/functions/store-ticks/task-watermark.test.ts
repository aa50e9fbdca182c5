/** The watermark of a lane in which two tasks publish, one after the other or at the same time. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createEpochFence } from '../../../functions/store-ticks/epoch-fence.ts'
import { nextWatermark, type Watermark } from '../../../functions/store-ticks/lane-watermark.ts'
import { readBatch, type StreamRecord } from '../../../functions/store-ticks/read-batch.ts'
import type { Envelope } from '../../../market/codec/envelope.ts'
import { laneOf } from '../../../market/lane.ts'
import { momentOf } from '../../../market/moment.ts'
import { asEpochMillis } from '../../../market/units.ts'
import { LANES } from '../stored-lanes.ts'
import { slicesOf, TRADING_DATE } from '../stored-market.ts'
import { taskStream } from '../task-stream.ts'
import { recordsOf } from './batch-delivery.ts'

const NOW = asEpochMillis(1_800_000_000_000)

/** Stores batches: the watermarks of the lanes, and the sequences of the ticks that are stored. */
function openStore() {
  const fence = createEpochFence()
  const watermarks = new Map<number, Watermark>()
  const stored = new Set<number>()
  return {
    watermarks,
    stored,
    store(batch: readonly StreamRecord[]): void {
      const passed = readBatch(batch, fence).passed.map(({ envelope }) => envelope)
      for (const [lane, envelopes] of Map.groupBy(passed, ({ lane }) => lane)) {
        watermarks.set(lane, nextWatermark(watermarks.get(lane), envelopes, NOW))
      }
      for (const envelope of passed) {
        if (envelope.kind === 'ticks') for (const { sequence } of envelope.ticks) stored.add(sequence)
      }
    },
  }
}

const scenario = taskStream({ minLength: 1, maxLength: 40 }).chain(({ ticks, envelopes }) =>
  fc.record({
    ticks: fc.constant(ticks),
    records: fc.constant(recordsOf(envelopes)),
    batches: slicesOf(recordsOf(envelopes)),
    /** Whether a batch is given up. */
    givenUp: fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }),
  }),
)

test('without a word of missing envelopes every tick up to the watermark is stored, whatever was given up', () => {
  let gaps = 0
  fc.assert(
    fc.property(scenario, ({ ticks, records, batches, givenUp }) => {
      const { store, watermarks, stored } = openStore()
      for (const [index, batch] of batches.entries()) {
        if (givenUp[index % givenUp.length]) continue
        store(batch)
        for (const [lane, { missing, until }] of watermarks) {
          const lacking = ticks.filter(
            ({ board, sequence, time }) =>
              laneOf(board.issue, LANES) === lane &&
              momentOf(TRADING_DATE, time) <= until &&
              !stored.has(sequence),
          )
          if (missing === '') assert.deepEqual(lacking, [])
          else if (lacking.length > 0) gaps++
        }
      }
      // Everything is delivered again, as from the bucket of failed batches.
      store(records)
      for (const { missing } of watermarks.values()) assert.equal(missing, '')
    }),
    { numRuns: 300 },
  )
  assert.ok(gaps > 50, `${gaps} gaps`)
})

test('if nothing is given up nothing is missing, and the watermark reaches the end', () => {
  fc.assert(
    fc.property(scenario, ({ ticks, batches }) => {
      const { store, watermarks } = openStore()
      for (const batch of batches) {
        store(batch)
        for (const { missing } of watermarks.values()) assert.equal(missing, '')
      }
      const end = momentOf(TRADING_DATE, ticks.at(-1)!.time)
      assert.deepEqual(
        [...watermarks.values()].map(({ until }) => until),
        Array(LANES).fill(end),
      )
    }),
    { numRuns: 300 },
  )
})

const EPOCH = Math.floor(momentOf(TRADING_DATE, 0) / 1000)

/** An envelope of a task: the first, second or third of the day. */
const envelope = (
  task: number,
  counter: number,
  follows?: readonly [task: number, counter: number],
): Envelope => ({
  kind: 'events',
  line: 1,
  lane: 0,
  epoch: asEpochMillis(EPOCH + task),
  counter,
  tradingDate: TRADING_DATE,
  position: 1,
  reached: 1,
  ...(follows && { follows: { epoch: asEpochMillis(EPOCH + follows[0]), counter: follows[1] } }),
  events: [],
})

/** Returns the missing ranges after envelopes, with the tasks instead of their epochs. */
function missingAfter(...envelopes: readonly Envelope[]): string {
  const { missing } = nextWatermark(undefined, envelopes, NOW)
  return missing.replaceAll(/\d+:/g, epoch => `${Number.parseInt(epoch, 10) - EPOCH}:`)
}

test('envelopes of a task after the envelope that a later task follows are missing no more', () => {
  const old = [envelope(1, 1), envelope(1, 9)]
  assert.equal(missingAfter(...old), '1:2-8')
  assert.equal(missingAfter(...old, envelope(2, 1, [1, 9])), '1:2-8')
  assert.equal(missingAfter(...old, envelope(2, 1, [1, 5])), '1:2-5')
  assert.equal(missingAfter(...old, envelope(2, 1, [1, 1])), '')
  assert.equal(missingAfter(...old, envelope(2, 1)), '1:2-8')
})

test('envelopes of a task are missing no more if the task after it follows the task before it', () => {
  const old = [envelope(1, 1), envelope(2, 1, [1, 1]), envelope(2, 4)]
  assert.equal(missingAfter(...old), '2:2-3')
  assert.equal(missingAfter(...old, envelope(3, 1, [1, 1])), '')
  assert.equal(missingAfter(...old, envelope(3, 1, [2, 2])), '2:2-2')
  // What the second task followed is known from its first envelope alone.
  assert.equal(missingAfter(envelope(1, 1), envelope(2, 4), envelope(3, 1, [1, 1])), '2:1-1')
})

test('all envelopes of a task may have been given up: the next task follows it', () => {
  assert.equal(missingAfter(envelope(1, 1), envelope(3, 1, [2, 5])), '2:1-5')
  assert.equal(missingAfter(envelope(1, 1), envelope(3, 2)), '3:1-1')
  assert.equal(missingAfter(envelope(1, 2), envelope(3, 1, [1, 4])), '1:1-1,1:3-4')
})
