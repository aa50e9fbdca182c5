/** The watermark of a lane in which two tasks publish, one after the other or at the same time. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createEpochFence } from '../../../functions/store-ticks/epoch-fence.ts'
import { nextWatermark, type Watermark } from '../../../functions/store-ticks/lane-watermark.ts'
import { OPEN_END } from '../../../functions/store-ticks/missing-envelopes.ts'
import { readBatch, type StreamRecord } from '../../../functions/store-ticks/read-batch.ts'
import type { Envelope } from '../../../market/codec/envelope.ts'
import { laneOf } from '../../../market/lane.ts'
import { momentOf, momentToIso } from '../../../market/moment.ts'
import { asEpochMillis } from '../../../market/units.ts'
import { LANES } from '../stored-lanes.ts'
import { slicesOf, TRADING_DATE } from '../stored-market.ts'
import { taskStream } from '../task-stream.ts'
import { recordsOf } from './batch-delivery.ts'

const NOW = asEpochMillis(1_800_000_000_000)

/**
 * Stores batches: the watermarks of the lanes, and the sequences of the ticks that are stored.
 * @param isCold whether each batch is stored by a new environment, which knows no task of an earlier batch.
 */
function openStore(isCold: boolean) {
  const warm = createEpochFence()
  const watermarks = new Map<number, Watermark>()
  const stored = new Set<number>()
  return {
    watermarks,
    stored,
    store(batch: readonly StreamRecord[]): void {
      const passed = readBatch(batch, isCold ? createEpochFence() : warm).passed.map(
        ({ envelope }) => envelope,
      )
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
    batches: slicesOf(recordsOf(envelopes)),
    isCold: fc.boolean(),
    /** Whether a batch is given up. */
    givenUp: fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }),
    /** Decides in which order the batches that were given up are delivered again. */
    order: fc.array(fc.nat(), { minLength: 1, maxLength: 20 }),
  }),
)

/** Returns batches in an order that `order` decides. */
function shuffled<T>(batches: readonly T[], order: readonly number[]): T[] {
  const place = (index: number): number => order[index % order.length]!
  return [...batches.keys()].sort((a, b) => place(a) - place(b)).map(index => batches[index]!)
}

test('without a word of missing envelopes every tick up to the watermark is stored, whatever was given up', () => {
  let gaps = 0
  fc.assert(
    fc.property(scenario, ({ ticks, batches, isCold, givenUp, order }) => {
      const { store, watermarks, stored } = openStore(isCold)
      const check = (): void => {
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
      const isGivenUp = (index: number): boolean => givenUp[index % givenUp.length]!
      for (const [index, batch] of batches.entries()) {
        if (isGivenUp(index)) continue
        store(batch)
        check()
      }
      // What was given up is delivered again, one batch after the other.
      for (const batch of shuffled(
        batches.filter((_, index) => isGivenUp(index)),
        order,
      )) {
        store(batch)
        check()
      }
      for (const { missing } of watermarks.values()) assert.equal(missing, '')
    }),
    { numRuns: 300 },
  )
  assert.ok(gaps > 50, `${gaps} gaps`)
})

test('if nothing is given up nothing is missing, and the watermark reaches the end', () => {
  fc.assert(
    fc.property(scenario, ({ ticks, batches, isCold }) => {
      const { store, watermarks } = openStore(isCold)
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
  /** Milliseconds of the day up to which the lane is complete. */
  complete?: number,
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
  events:
    complete === undefined
      ? []
      : [{ type: 'complete', until: momentToIso(momentOf(TRADING_DATE, 1_000 * complete)) }],
})

/** Returns the missing ranges after envelopes, with the tasks instead of their epochs. */
function missingAfter(...envelopes: readonly Envelope[]): string {
  const { missing } = nextWatermark(undefined, envelopes, NOW)
  return missing
    .replaceAll(String(OPEN_END), 'OPEN')
    .replaceAll(/\d{10,}/g, epoch => String(Number.parseInt(epoch, 10) - EPOCH))
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
  // The third task repeats what the second may have followed, and its envelopes.
  const unknown = [envelope(1, 1), envelope(2, 4)]
  assert.equal(missingAfter(...unknown), '1:2-OPEN,2:1-3')
  assert.equal(missingAfter(...unknown, envelope(3, 1, [1, 1])), '')
  assert.equal(missingAfter(...unknown, envelope(3, 1, [1, 3])), '1:2-3')
})

test('all envelopes of a task may have been given up: the next task follows it', () => {
  assert.equal(missingAfter(envelope(1, 1), envelope(3, 1, [2, 5])), '1:2-OPEN,2:1-5')
  assert.equal(missingAfter(envelope(1, 1), envelope(3, 2)), '1:2-OPEN,3:1-1')
  assert.equal(missingAfter(envelope(1, 2), envelope(3, 1, [1, 4])), '1:1-1,1:3-4')
})

test('what a task repeats is missing until it has published as much as the watermark states', () => {
  // The old task reports that it has published everything up to 9; its envelopes 2 and 3 were given up.
  const old = [envelope(1, 1), envelope(1, 4, undefined, 9)]
  const repeating = [...old, envelope(2, 1, [1, 1])]
  assert.equal(missingAfter(...repeating), '1:2-3:2')
  assert.equal(missingAfter(...repeating, envelope(2, 2, undefined, 8)), '1:2-3:2')
  assert.equal(missingAfter(...repeating, envelope(2, 2, undefined, 9)), '')
  assert.equal(missingAfter(...repeating, envelope(1, 3)), '1:2-2:2', 'delivered again meanwhile')
  // A third task goes on in the place of the second, from a place before it, or with a snapshot.
  assert.equal(missingAfter(...repeating, envelope(3, 1, [2, 1])), '1:2-3:2')
  assert.equal(missingAfter(...repeating, envelope(3, 1, [2, 1], 9)), '')
  assert.equal(missingAfter(...repeating, envelope(3, 1, [1, 1])), '1:2-3:3')
  assert.equal(missingAfter(...repeating, envelope(3, 1, [1, 2])), '1:2-2,1:3-3:3')
  assert.equal(missingAfter(...repeating, envelope(3, 1, [1, 2], 9)), '1:2-2')
  assert.equal(missingAfter(...repeating, envelope(3, 1, undefined, 9)), '1:2-3')
  // The first envelope of the third task was given up, so nothing shows whether it goes on in the place of the second.
  const unknown = [...repeating, envelope(3, 2, undefined, 9)]
  assert.equal(missingAfter(...unknown), '1:2-3:2,2:2-OPEN,3:1-1')
  assert.equal(missingAfter(...unknown, envelope(3, 1, [2, 1])), '')
  assert.equal(missingAfter(...unknown, envelope(3, 1, [2, 4])), '2:2-4')
  assert.equal(missingAfter(...unknown, envelope(3, 1)), '1:2-3')
})

test('the first envelope of a task that is delivered later shows what is missing before it', () => {
  const seen = [envelope(1, 2), envelope(3, 2, undefined, 9)]
  assert.equal(missingAfter(...seen), '1:1-1,1:3-OPEN,3:1-1')
  assert.equal(missingAfter(...seen, envelope(3, 1, [1, 5])), '1:1-1,1:3-5')
  assert.equal(missingAfter(...seen, envelope(3, 1, [1, 2])), '1:1-1')
  assert.equal(missingAfter(...seen, envelope(3, 1)), '1:1-1', 'it starts with a snapshot')
  // It follows a task of which nothing was seen, or which was delivered again before.
  assert.equal(missingAfter(...seen, envelope(3, 1, [2, 4])), '1:1-1,1:3-OPEN,2:1-4')
  assert.equal(missingAfter(...seen, envelope(2, 3), envelope(3, 1, [2, 4])), '1:1-1,1:3-OPEN,2:1-2,2:4-4')
  assert.equal(missingAfter(...seen, envelope(2, 1, [1, 3]), envelope(3, 1, [2, 1])), '1:1-1,1:3-3')
  // Before the first envelope of the date.
  assert.equal(missingAfter(envelope(3, 2), envelope(3, 1, [2, 4])), '2:1-4')
  assert.equal(missingAfter(envelope(3, 2), envelope(2, 3), envelope(3, 1, [2, 4])), '2:1-2,2:4-4')
})
