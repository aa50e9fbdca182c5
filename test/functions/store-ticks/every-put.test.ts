import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createEpochFence, type EpochFence } from '../../../functions/store-ticks/epoch-fence.ts'
import type { StreamRecord } from '../../../functions/store-ticks/read-batch.ts'
import { storeBatch } from '../../../functions/store-ticks/store-batch.ts'
import { RULES } from '../../../market/calendar/calendar.ts'
import { decodeHeader } from '../../../market/codec/envelope.ts'
import { laneOf } from '../../../market/lane.ts'
import type { Tick } from '../../../market/tick.ts'
import { addMillis, nowMillis } from '../../../market/units.ts'
import { packAt, ticksBetween } from '../../../tables/ticks/read-ticks.ts'
import type { TicksTable } from '../../../tables/ticks/ticks-table.ts'
import { LANES } from '../stored-lanes.ts'
import { openSender, sampleTicks, slicesOf, TRADING_DATE, ticksOfLine } from '../stored-market.ts'
import { taskStream } from '../task-stream.ts'
import { collect, KEEP_DAYS, recordsOf } from './batch-delivery.ts'
import { openSteppedTable, TableDied } from './stepped-table.ts'

/** A stream of two lanes in which a task is replaced by another whose first envelopes repeat ticks. */
const stream = ticksOfLine({ minLength: 2, maxLength: 40 }).chain(ticks =>
  fc
    .record({
      cut: fc.integer({ min: 1, max: ticks.length - 1 }),
      slices: slicesOf(ticks),
      lates: fc.array(fc.nat({ max: 200 }), { maxLength: 3 }),
      overlap: fc.integer({ min: 0, max: 10 }),
    })
    .map(({ cut, slices, lates, overlap }) => {
      const old = openSender(1)
      const envelopes: Uint8Array[] = []
      for (const slice of slices) {
        const own = slice.filter(tick => ticks.indexOf(tick) < cut)
        if (own.length > 0) envelopes.push(...old.send(own))
      }
      const replaced = envelopes.length
      const next = openSender(2, old.published())
      const late = old.send(ticks.slice(cut, cut + lates.length * 2)).slice(0, lates.length)
      let from = Math.max(0, cut - overlap)
      for (const slice of slices) {
        const to = Math.max(from, ticks.indexOf(slice.at(-1)!) + 1)
        if (to > from) envelopes.push(...next.send(ticks.slice(from, to)))
        from = to
      }
      // A late envelope comes after the first envelope of the new task.
      for (const [index, envelope] of late.entries()) {
        const at = replaced + 1 + (lates[index]! % (envelopes.length - replaced))
        envelopes.splice(at, 0, envelope)
      }
      return { ticks, records: recordsOf(envelopes) }
    }),
)

/** How a batch is delivered: after how many puts an attempt dies, and what comes then. */
const attempt = fc.record({
  size: fc.integer({ min: 1, max: 12 }),
  diesAfter: fc.option(fc.integer({ min: 0, max: 12 }), { nil: undefined }),
  after: fc.constantFrom('again', 'halves', 'nothing' as const),
  /** Whether another environment, which knows no epoch, stores the batch. */
  isFresh: fc.boolean(),
})

/** A stream of two tasks that publish the same ticks, also at the same time, in envelopes of their own. */
const overlap = taskStream({ minLength: 2, maxLength: 40 }).map(({ ticks, envelopes }) => ({
  ticks,
  records: recordsOf(envelopes),
}))

const scenario = fc.oneof(stream, overlap).chain(({ ticks, records }) =>
  fc.record({
    ticks: fc.constant(ticks),
    records: fc.constant(records),
    /** Where each pass starts and ends: records of the stream. */
    passes: fc.array(fc.record({ from: fc.nat(), length: fc.nat() }), { minLength: 1, maxLength: 4 }),
    attempts: fc.array(attempt, { minLength: 1, maxLength: 12 }),
    order: fc.array(fc.nat(), { minLength: 1, maxLength: 20 }),
    byLane: fc.boolean(),
  }),
)

async function readIssue(table: TicksTable, issue: string): Promise<Tick[]> {
  return collect(ticksBetween(table, issue, TRADING_DATE, { time: 0, sequence: 0 }, Number.MAX_SAFE_INTEGER))
}

test('a tick that a reader has seen stays visible after every single put', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async ({ ticks, records, passes, attempts, order, byLane }) => {
      const seen = new Map<string, ReadonlySet<number>>()
      const table = openSteppedTable(order, async issue => {
        const now = await readIssue(table.ticks, issue)
        for (const tick of now) {
          if (!seen.get(issue)?.has(tick.sequence)) continue
          const pack = await packAt(table.ticks, issue, TRADING_DATE, tick)
          const found = [...(pack ?? [])].some(({ sequence }) => sequence === tick.sequence)
          assert.ok(found, `${issue}: the pack that starts last before ${tick.sequence} has the tick`)
        }
        const sequences = new Set(now.map(({ sequence }) => sequence))
        const gone = [...(seen.get(issue) ?? [])].filter(sequence => !sequences.has(sequence))
        assert.deepEqual(gone, [], `ticks of ${issue} that are no longer visible`)
        seen.set(issue, sequences)
      })
      const fence = createEpochFence()
      let turn = 0
      const storeOnce = async (batch: readonly StreamRecord[], own: EpochFence, dies: number | undefined) => {
        table.dieAfter(dies)
        try {
          const options = { ...table.ticks, calendar: RULES, keepDays: KEEP_DAYS, unitsPerLane: 1_000_000 }
          await storeBatch(batch, options, addMillis(nowMillis(), 60_000), own)
          return true
        } catch (error) {
          if (!(error instanceof TableDied)) throw error
          if (error.cause !== undefined) throw error.cause
          return false
        }
      }
      const deliverAll = async (all: readonly StreamRecord[]): Promise<void> => {
        for (let at = 0; at < all.length; ) {
          const { size, diesAfter, after, isFresh } = attempts[turn++ % attempts.length]!
          const batch = all.slice(at, at + size)
          at += size
          const own = isFresh ? createEpochFence() : fence
          if (await storeOnce(batch, own, diesAfter)) continue
          if (after === 'nothing') return
          const half = Math.ceil(batch.length / 2)
          const parts = after === 'again' ? [batch] : [batch.slice(0, half), batch.slice(half)]
          for (const part of parts) if (part.length > 0) await storeOnce(part, own, undefined)
        }
      }
      const deliver = async (all: readonly StreamRecord[]): Promise<void> => {
        const lanes = Map.groupBy(all, ({ bytes }) => decodeHeader(bytes).header.lane)
        for (const part of byLane ? lanes.values() : [all]) await deliverAll(part)
      }
      let reached = 0
      for (const { from, length } of passes) {
        const start = from % Math.min(reached + 1, records.length)
        const end = start + 1 + (length % (records.length - start))
        await deliver(records.slice(start, end))
        reached = Math.max(reached, end)
      }
      await deliver(records)
      // Attempts without an end may have left out records.
      for (const record of records) await storeOnce([record], fence, undefined)
      for (const tick of ticks) {
        const { board, sequence } = tick
        const pack = await packAt(table.ticks, board.issue, TRADING_DATE, tick)
        const found = [...(pack ?? [])].some(each => each.sequence === sequence)
        assert.ok(found, `${board.issue}: tick ${sequence} can be read at the end`)
      }
    }),
    { numRuns: 150 },
  )
})

test('the first ticks of a new task hide no tick of the task before, if one batch has both tasks', async () => {
  const ticks = sampleTicks(60)
  const [first, second] = ticks.filter(({ board }) => board.issue === '7203')
  const other = ticks.find(({ board, sequence }) => board.issue === '6758' && sequence > second!.sequence)
  assert.equal(laneOf('7203', LANES), laneOf('6758', LANES))
  const { ticks: table } = openSteppedTable([0], async () => {})
  const old = openSender(1)
  const before = old.send([first!, second!])
  const tail = old.send([other!])
  const next = openSender(2, old.published()).send([first!])
  const records = recordsOf([...before, ...tail, ...next])
  const options = { ...table, calendar: RULES, keepDays: KEEP_DAYS, unitsPerLane: 1_000_000 }
  for (const batch of [records.slice(0, 1), records.slice(1)])
    await storeBatch(batch, options, addMillis(nowMillis(), 10_000), createEpochFence())
  const sequences = (await readIssue(table, '7203')).map(({ sequence }) => sequence)
  assert.deepEqual(sequences, [first!.sequence, second!.sequence])
})
