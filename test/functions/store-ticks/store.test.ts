import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ScanCommand } from '@aws-sdk/client-dynamodb'
import fc from 'fast-check'
import { type TicksTable, tickAsOf, ticksBetween } from '../../../functions/shared/history/packs.ts'
import { createFence } from '../../../functions/store-ticks/fence.ts'
import { MAX_PACK_TICKS, type StreamRecord, storeBatch } from '../../../functions/store-ticks/store.ts'
import { boardsEqual } from '../../../market/board.ts'
import { encodeEvents } from '../../../market/envelope.ts'
import { decodePack } from '../../../market/pack.ts'
import type { Tick } from '../../../market/tick.ts'
import {
  envelopesOf,
  ISSUES,
  openSender,
  sampleTicks,
  slicesOf,
  TRADING_DATE,
  ticksOfLine,
} from '../market.ts'
import { addTicksTable, startTables, type Tables } from '../tables.ts'

let tables: Tables
before(async () => {
  tables = await startTables()
})
after(() => tables[Symbol.asyncDispose]())

const KEEP_DAYS = 31
const soon = (): number => Date.now() + 10_000
const store = (table: TicksTable, records: readonly StreamRecord[], fence = createFence()) =>
  storeBatch(records, { ...table, keepDays: KEEP_DAYS }, soon(), fence)

const recordsOf = (envelopes: readonly Uint8Array[]): StreamRecord[] =>
  envelopes.map((bytes, index) => ({ sequenceNumber: String(1000 + index), bytes }))

/** How a batch may come: as it is, again, crashed after some records and then whole, or in halves after all of it. */
const fate = fc.constantFrom('once', 'twice', 'crashed', 'bisected')

async function deliver(table: TicksTable, batch: readonly StreamRecord[], how: string): Promise<void> {
  const half = Math.ceil(batch.length / 2)
  const deliveries = {
    once: [batch],
    twice: [batch, batch],
    crashed: [batch.slice(0, half), batch],
    bisected: [batch, batch.slice(0, half), batch.slice(half)],
  }[how]
  for (const records of deliveries ?? []) await store(table, records)
}

const scenario = ticksOfLine({ minLength: 1, maxLength: 50 })
  .chain(ticks => slicesOf(ticks).map(slices => ({ ticks, records: recordsOf(envelopesOf(slices)) })))
  .chain(({ ticks, records }) =>
    fc.record({
      ticks: fc.constant(ticks),
      first: slicesOf(records),
      // A later pass begins somewhere and goes on to the end, as a stream read again does.
      passes: fc.array(
        fc.integer({ min: 0, max: records.length - 1 }).chain(from => slicesOf(records.slice(from))),
        { maxLength: 2 },
      ),
      fates: fc.array(fate, { minLength: 1, maxLength: 8 }),
      moments: fc.array(fc.integer({ min: 0, max: ticks.length - 1 }), { minLength: 1, maxLength: 6 }),
    }),
  )

test('whatever the batches and however often they come, a reader sees the true board and the true ticks', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async ({ ticks, first, passes, fates, moments }) => {
      const table = await addTicksTable(tables)
      const batches = [first, ...passes].flat()
      for (const [index, batch] of batches.entries()) {
        await deliver(table, batch, fates[index % fates.length]!)
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
    { numRuns: 20 },
  )
})

async function collect(ticks: AsyncIterable<Tick>): Promise<Tick[]> {
  const all: Tick[] = []
  for await (const tick of ticks) all.push(tick)
  return all
}

function assertSameTick(actual: Tick | undefined, expected: Tick | undefined): void {
  assert.equal(actual?.sequence, expected?.sequence)
  if (actual === undefined || expected === undefined) return
  assert.equal(actual.time, expected.time)
  assert.ok(boardsEqual(actual.board, expected.board), `the board of sequence ${expected.sequence}`)
  assert.deepEqual(actual.trade, expected.trade)
}

/** A task is replaced by one that goes on from it; up to three of its envelopes reach the stream later than that. */
const replaced = ticksOfLine({ minLength: 2, maxLength: 60 }).chain(ticks =>
  fc
    .record({
      cut: fc.integer({ min: 1, max: ticks.length - 1 }),
      slices: slicesOf(ticks),
      lates: fc.array(fc.nat({ max: 200 }), { maxLength: 3 }),
      overlap: fc.integer({ min: 0, max: 10 }),
    })
    .map(({ cut, slices, lates, overlap }) => {
      const old = openSender(1)
      const next = openSender(2, old)
      const known = old.send(ticks.slice(0, cut))
      const late = old.send(ticks.slice(cut, cut + lates.length * 2)).slice(0, lates.length)
      let from = Math.max(0, cut - overlap)
      const stream: Uint8Array[] = [...known]
      for (const slice of slices) {
        const to = Math.max(from, ticks.indexOf(slice.at(-1)!) + 1)
        if (to > from) stream.push(...next.send(ticks.slice(from, to)), ...next.keyFrames())
        from = to
      }
      for (const [index, envelope] of late.entries()) {
        const at = known.length + (lates[index]! % (stream.length - known.length))
        stream.splice(at, 0, envelope)
      }
      return { ticks, records: recordsOf(stream) }
    })
    .chain(({ ticks, records }) =>
      fc.record({
        ticks: fc.constant(ticks),
        batches: slicesOf(records),
        moments: fc.array(fc.integer({ min: 0, max: ticks.length - 1 }), { minLength: 1, maxLength: 6 }),
      }),
    ),
)

test('what two tasks have told is shown once, however late the one that was replaced told it', async () => {
  await fc.assert(
    fc.asyncProperty(replaced, async ({ ticks, batches, moments }) => {
      const table = await addTicksTable(tables)
      const fence = createFence()
      for (const batch of batches) await store(table, batch, fence)
      // Again from somewhere on, as after an error.
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

test('a bad envelope is reported, what came before it is stored, and nothing after it', async () => {
  const table = await addTicksTable(tables)
  const ticks = sampleTicks(30)
  const records = recordsOf(envelopesOf([ticks.slice(0, 10), ticks.slice(10, 20), ticks.slice(20)]))
  const bad = { sequenceNumber: 'bad', bytes: Uint8Array.of(1, 2, 3) }
  const result = await store(table, [...records.slice(0, 2), bad, ...records.slice(2)])
  assert.equal(result.failedFrom, 'bad')
  assert.equal(result.badEnvelope?.name, 'EnvelopeError')
  const items = await itemsOf(table)
  const stored = items.flatMap(item => decodePack(item.pack!.B!)).map(tick => tick.sequence)
  assert.ok(stored.length > 0)
  assert.ok(stored.every(sequence => ticks.slice(0, 10).some(tick => tick.sequence === sequence)))
})

test('a table that cannot be reached for a while is waited for', async () => {
  const name = 'ticks-later'
  const records = recordsOf(envelopesOf([sampleTicks(30)]))
  const storing = store({ client: tables.client, table: name }, records)
  await assert.rejects(tables.client.send(new ScanCommand({ TableName: name })), {
    name: 'ResourceNotFoundException',
  })
  const [result, table] = await Promise.all([storing, addTicksTable(tables, name)])
  assert.equal(result.ticks, 30)
  assert.equal((await itemsOf(table)).length, result.packs)
})

test('envelopes of events are acknowledged and leave nothing', async () => {
  const table = await addTicksTable(tables)
  const header = {
    line: 1,
    lane: 0,
    epoch: 1,
    counter: 1,
    tradingDate: TRADING_DATE,
    position: 0,
    reached: 0,
  }
  const result = await store(table, recordsOf([encodeEvents(header, [])]))
  assert.deepEqual(result, { ticks: 0, packs: 0 })
  assert.deepEqual(await itemsOf(table), [])
})

test('many ticks of one issue are split over packs of a bounded size, which expire together', async () => {
  const table = await addTicksTable(tables)
  const [tick] = sampleTicks(1)
  const count = MAX_PACK_TICKS + 1
  const many = Array.from({ length: count }, (_, i) => ({ ...tick!, sequence: i + 1, time: tick!.time + i }))
  const { packs } = await store(table, recordsOf(envelopesOf([many])))
  const items = await itemsOf(table)
  assert.equal(packs, 2)
  assert.equal(items.flatMap(item => decodePack(item.pack!.B!)).length, count)
  const expires = new Set(items.map(item => Number(item.expires!.N)))
  assert.equal(expires.size, 1)
  assert.ok([...expires][0]! > Date.now() / 1000 + (KEEP_DAYS - 1) * 86_400)
})

test('of a tick that comes twice, the one that knows its trade is kept, else the one that missed nothing', async () => {
  const table = await addTicksTable(tables)
  const traded = sampleTicks(40).find(tick => tick.trade !== undefined)!
  const { trade, ...quiet } = traded
  const snapshot = { ...quiet, lost: true as const }
  for (const order of [
    [snapshot, traded],
    [traded, snapshot],
  ]) {
    await store(table, recordsOf(envelopesOf(order.map(tick => [tick]))))
    const items = await itemsOf(table)
    assert.deepEqual(
      items.flatMap(item => decodePack(item.pack!.B!)).map(tick => [tick.trade, tick.lost]),
      [[trade, undefined]],
    )
  }
  for (const order of [
    [snapshot, quiet],
    [quiet, snapshot],
  ]) {
    const other = await addTicksTable(tables)
    await store(other, recordsOf([openSender(1).send([order[0]!]), openSender(1).send([order[1]!])].flat()))
    const [item] = await itemsOf(other)
    assert.deepEqual(
      decodePack(item!.pack!.B!).map(tick => tick.lost),
      [undefined],
    )
  }
})

async function itemsOf({ client, table }: TicksTable) {
  return (await client.send(new ScanCommand({ TableName: table }))).Items ?? []
}
