import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { createEpochFence } from '../../../functions/store-ticks/epoch-fence.ts'
import { boardsEqual } from '../../../market/board.ts'
import type { Tick } from '../../../market/tick.ts'
import { tickAsOf, ticksBetween } from '../../../tables/ticks/read-ticks.ts'
import { envelopesOf, ISSUES, openSender, slicesOf, TRADING_DATE, ticksOfLine } from '../stored-market.ts'
import { addTicksTable, startTables, type Tables } from '../tables.ts'
import { taskStream } from '../task-stream.ts'
import { collect, deliver, deliveriesOf, fate, recordsOf, store } from './batch-delivery.ts'
import { busyTicks } from './busy-ticks.ts'

/** Deliveries after which everything is read. */
const MOST_LOOKS = 6

let tables: Tables
before(async () => {
  tables = await startTables()
})
after(() => tables[Symbol.asyncDispose]())

const scenario = ticksOfLine({ minLength: 1, maxLength: 50 })
  .chain(ticks => slicesOf(ticks).map(slices => ({ ticks, records: recordsOf(envelopesOf(slices)) })))
  .chain(({ ticks, records }) =>
    fc.record({
      ticks: fc.constant(ticks),
      batches: deliveriesOf(records),
      fates: fc.array(fate, { minLength: 1, maxLength: 8 }),
      luck: fc.nat(),
      moments: fc.array(fc.integer({ min: 0, max: ticks.length - 1 }), { minLength: 1, maxLength: 6 }),
    }),
  )

test('a reader sees the correct board and ticks after any delivery of the stream', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async ({ ticks, batches, fates, luck, moments }) => {
      const table = await addTicksTable(tables)
      for (const [index, batch] of batches.entries()) {
        await deliver(table, batch, fates[index % fates.length]!, luck + index)
      }
      for (const issue of ISSUES) {
        const truth = ticks.filter(tick => tick.board.issue === issue)
        for (const index of moments) {
          for (const time of [ticks[index]!.time, ticks[index]!.time - 1]) {
            const seen = await tickAsOf(table, issue, TRADING_DATE, time)
            assertSameTick(
              seen,
              truth.findLast(tick => tick.time <= time),
            )
          }
        }
        const from = ticks[Math.min(...moments)]!.time
        const until = ticks[Math.max(...moments)]!.time
        const seen = await collect(
          ticksBetween(table, issue, TRADING_DATE, { time: from, sequence: 0 }, until),
        )
        const expected = truth.filter(tick => tick.time >= from && tick.time <= until)
        assert.equal(seen.length, expected.length)
        for (const [index, tick] of seen.entries()) assertSameTick(tick, expected[index])
      }
    }),
    { numRuns: 30 },
  )
})

test('a tick that a reader has seen stays visible during any further delivery', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async ({ ticks, batches, fates, luck }) => {
      const table = await addTicksTable(tables)
      const seen = new Map(ISSUES.map(issue => [issue, [] as Tick[]]))
      const readAll = async (): Promise<void> => {
        for (const issue of ISSUES) {
          const earlier = seen.get(issue)!
          const now = await collect(
            ticksBetween(table, issue, TRADING_DATE, { time: 0, sequence: 0 }, ticks.at(-1)!.time),
          )
          const sequences = new Set(now.map(({ sequence }) => sequence))
          const gone = earlier.filter(({ sequence }) => !sequences.has(sequence))
          assert.deepEqual(gone, [])
          for (const { time } of now) {
            const board = await tickAsOf(table, issue, TRADING_DATE, time)
            assertSameTick(
              board,
              now.findLast(tick => tick.time <= time),
            )
          }
          seen.set(issue, now)
        }
      }
      for (const [index, batch] of batches.slice(0, MOST_LOOKS).entries()) {
        await deliver(table, batch, fates[index % fates.length]!, luck + index, readAll)
      }
    }),
    { numRuns: 25 },
  )
})

test('a busy issue with many packs a batch is read completely after redelivery in other batches', async () => {
  const ticks = busyTicks(6_000)
  const slices = Array.from({ length: 60 }, (_, slice) => ticks.slice(100 * slice, 100 * (slice + 1)))
  const records = recordsOf(envelopesOf(slices))
  await fc.assert(
    fc.asyncProperty(
      deliveriesOf(records),
      fc.array(fc.nat({ max: ticks.length - 1 }), { minLength: 20 }),
      async (batches, moments) => {
        const table = await addTicksTable(tables)
        for (const batch of batches) await store(table, batch)
        for (const index of moments) {
          const { board, time, sequence } = ticks[index]!
          assert.equal((await tickAsOf(table, board.issue, TRADING_DATE, time))?.sequence, sequence)
        }
      },
    ),
    // Shrinking a counterexample would take minutes.
    { numRuns: 8, endOnFailure: true },
  )
})

/** A stream in which a task is replaced by another. Up to three envelopes of the first task come late. */
const streamOfTwoTasks = ticksOfLine({ minLength: 2, maxLength: 60 }).chain(ticks =>
  fc
    .record({
      cut: fc.integer({ min: 1, max: ticks.length - 1 }),
      slices: slicesOf(ticks),
      lates: fc.array(fc.nat({ max: 200 }), { maxLength: 3 }),
      overlap: fc.integer({ min: 0, max: 10 }),
    })
    .map(({ cut, slices, lates, overlap }) => {
      const old = openSender(1)
      const next = openSender(2, old.published())
      const beforeCut = old.send(ticks.slice(0, cut))
      const late = old.send(ticks.slice(cut, cut + lates.length * 2)).slice(0, lates.length)
      let from = Math.max(0, cut - overlap)
      const stream: Uint8Array[] = [...beforeCut]
      for (const slice of slices) {
        const to = Math.max(from, ticks.indexOf(slice.at(-1)!) + 1)
        if (to > from) stream.push(...next.send(ticks.slice(from, to)), ...next.keyFrames())
        from = to
      }
      for (const [index, envelope] of late.entries()) {
        const at = beforeCut.length + (lates[index]! % (stream.length - beforeCut.length))
        stream.splice(at, 0, envelope)
      }
      return { ticks, envelopes: stream }
    }),
)

/** Streams of two tasks, with batches of their records. */
const twoTasks = fc
  .oneof(streamOfTwoTasks, taskStream({ minLength: 2, maxLength: 60 }))
  .chain(({ ticks, envelopes }) =>
    fc.record({
      ticks: fc.constant(ticks),
      batches: slicesOf(recordsOf(envelopes)),
      moments: fc.array(fc.integer({ min: 0, max: ticks.length - 1 }), { minLength: 1, maxLength: 6 }),
    }),
  )

test('a reader sees the ticks of two tasks once, although envelopes of the replaced task come late', async () => {
  await fc.assert(
    fc.asyncProperty(twoTasks, async ({ ticks, batches, moments }) => {
      const table = await addTicksTable(tables)
      const fence = createEpochFence()
      for (const batch of batches) await store(table, batch, fence)
      // The stream is delivered again from a random batch, as after an error.
      for (const batch of batches.slice(moments[0]! % batches.length)) await store(table, batch, fence)
      for (const issue of ISSUES) {
        const truth = ticks.filter(tick => tick.board.issue === issue)
        const seen = await collect(
          ticksBetween(table, issue, TRADING_DATE, { time: 0, sequence: 0 }, ticks.at(-1)!.time),
        )
        assert.deepEqual(
          seen.map(tick => tick.sequence),
          truth.map(tick => tick.sequence),
        )
        for (const [index, tick] of seen.entries()) assertSameTick(tick, truth[index])
        for (const index of moments) {
          const { time } = ticks[index]!
          assertSameTick(
            await tickAsOf(table, issue, TRADING_DATE, time),
            truth.findLast(tick => tick.time <= time),
          )
        }
      }
    }),
    { numRuns: 25 },
  )
})

function assertSameTick(actual: Tick | undefined, expected: Tick | undefined): void {
  assert.equal(actual?.sequence, expected?.sequence)
  if (actual === undefined || expected === undefined) return
  assert.equal(actual.time, expected.time)
  assert.ok(boardsEqual(actual.board, expected.board), `the board of sequence ${expected.sequence}`)
  assert.deepEqual(actual.trade, expected.trade)
}
