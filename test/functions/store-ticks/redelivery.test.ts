/** Redeliveries of a part of the stream that random deliveries seldom find. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { PutCommand } from '@aws-sdk/lib-dynamodb'
import { bordersItem } from '../../../functions/store-ticks/lane-borders.ts'
import { packItems } from '../../../functions/store-ticks/packing.ts'
import type { StreamRecord } from '../../../functions/store-ticks/read-batch.ts'
import { decodeHeader } from '../../../market/codec/envelope.ts'
import type { Tick } from '../../../market/tick.ts'
import { asEpochSeconds, type EpochSeconds } from '../../../market/units.ts'
import { tickAsOf, ticksBetween } from '../../../tables/ticks/read-ticks.ts'
import type { TicksTable } from '../../../tables/ticks/ticks-table.ts'
import { envelopesOf, TRADING_DATE } from '../stored-market.ts'
import { addTicksTable, startTables, type Tables } from '../tables.ts'
import { collect, deliver, recordsOf, store } from './batch-delivery.ts'
import { busyTicks } from './busy-ticks.ts'

let tables: Tables
before(async () => {
  tables = await startTables()
})
after(() => tables[Symbol.asyncDispose]())

/** Returns one record for each tick. */
const recordPerTick = (ticks: readonly Tick[]): StreamRecord[] =>
  recordsOf(envelopesOf(ticks.map(tick => [tick])))

/** Returns envelopes of 100 ticks each. */
const envelopesOfHundred = (ticks: readonly Tick[]): Uint8Array[] =>
  envelopesOf(
    Array.from({ length: ticks.length / 100 }, (_, slice) => ticks.slice(100 * slice, 100 * (slice + 1))),
  )

const inOneDay = (): EpochSeconds => asEpochSeconds(Math.floor(Date.now() / 1000) + 86_400)

async function assertBoards(table: TicksTable, ticks: readonly Tick[]): Promise<void> {
  for (const { time, sequence } of ticks) {
    assert.equal((await tickAsOf(table, '7203', TRADING_DATE, time))?.sequence, sequence)
  }
}

test('redelivery of the first half of a batch, or of its middle, hides no tick', async () => {
  const ticks = busyTicks(20)
  const records = recordPerTick(ticks)
  const table = await addTicksTable(tables)
  await deliver(table, records.slice(0, 10), 'once', 0)
  for (const [from, to] of [
    [0, 5],
    [3, 7],
    [6, 8],
  ] as const) {
    await deliver(table, records.slice(from, to), 'once', 0)
    await assertBoards(table, ticks.slice(0, 10))
  }
})

test('a batch that died after one of many packs leaves no gap when it comes again in pieces', async () => {
  const ticks = busyTicks(2_100)
  const envelopes = envelopesOfHundred(ticks)
  const records = recordsOf(envelopes)
  const { lane } = decodeHeader(envelopes[0]!).header
  const range = { line: 1, lane, tradingDate: TRADING_DATE, first: 1, last: ticks.length }
  for (const pack of packItems(ticks, [], inOneDay())) {
    const table = await addTicksTable(tables)
    // A function that died between two writes leaves the borders and one pack.
    for (const Item of [bordersItem(range, [], inOneDay()), pack]) {
      await table.client.send(new PutCommand({ TableName: table.table, Item }))
    }
    for (const [from, to] of [
      [0, 6],
      [6, 14],
      [14, 21],
    ] as const) {
      await deliver(table, records.slice(from, to), 'once', 0)
    }
    const stored = await collect(
      ticksBetween(table, '7203', TRADING_DATE, { time: 0, sequence: 0 }, ticks.at(-1)!.time),
    )
    assert.deepEqual(
      stored.map(({ sequence }) => sequence),
      ticks.map(({ sequence }) => sequence),
    )
  }
})

test('a stored pack that cannot be decoded does not stop a batch that comes again', async () => {
  const ticks = busyTicks(20)
  const records = recordPerTick(ticks)
  const table = await addTicksTable(tables)
  await deliver(table, records.slice(0, 10), 'once', 0)
  const [first] = packItems(ticks.slice(0, 10), [], inOneDay())
  const Item = { ...first!, pack: Buffer.from('no pack') }
  await table.client.send(new PutCommand({ TableName: table.table, Item }))
  await deliver(table, records.slice(0, 5), 'once', 0)
  await deliver(table, records.slice(5), 'once', 0)
  await assertBoards(table, ticks)
})

test('redelivery of a whole day costs less than twice the write units of its first delivery', async () => {
  const records = recordsOf(envelopesOfHundred(busyTicks(4_000)))
  const table = await addTicksTable(tables)
  const unitsInBatchesOf = async (length: number): Promise<number> => {
    let units = 0
    for (let from = 0; from < records.length; from += length) {
      units += (await store(table, records.slice(from, from + length))).units
    }
    return units
  }
  const first = await unitsInBatchesOf(4)
  assert.ok((await unitsInBatchesOf(4)) <= first)
  assert.ok((await unitsInBatchesOf(3)) < 2 * first)
})

test('the border of a batch is kept while the next batch is written, even if that attempt dies', async () => {
  const ticks = busyTicks(30)
  const records = recordPerTick(ticks)
  const table = await addTicksTable(tables)
  await deliver(table, records.slice(0, 10), 'once', 0)
  await deliver(table, records.slice(4, 10), 'once', 0)
  // This attempt dies before it has written a pack.
  await deliver(table, records.slice(10, 20), 'died', 0)
  await deliver(table, records, 'once', 0)
  await assertBoards(table, ticks)
})

test('packs of earlier batches hide no tick of a batch that starts before their ends and continues after them', async () => {
  const ticks = busyTicks(40)
  const records = recordPerTick(ticks)
  for (const how of ['once', 'crashed'] as const) {
    const table = await addTicksTable(tables)
    await deliver(table, records.slice(0, 9), 'once', 0)
    await deliver(table, records.slice(9, 20), 'once', 0)
    // The function dies twice before it has written a pack, the second time with a longer batch.
    if (how === 'crashed') await deliver(table, records.slice(4, 30), 'died', 0)
    await deliver(table, records.slice(4), how, 0)
    await assertBoards(table, ticks)
  }
})
