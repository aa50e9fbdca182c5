/** Ways in which a stretch of the stream may come again that chance seldom finds. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { PutItemCommand } from '@aws-sdk/client-dynamodb'
import { bordersItem } from '../../../functions/store-ticks/lane-borders.ts'
import { packItems } from '../../../functions/store-ticks/packing.ts'
import { decodeHeader } from '../../../market/codec/envelope.ts'
import { tickAsOf, ticksBetween } from '../../../tables/ticks/read-ticks.ts'
import { envelopesOf, TRADING_DATE } from '../stored-market.ts'
import { addTicksTable, startTables, type Tables } from '../tables.ts'
import { collect, deliver, recordsOf, store } from './batch-delivery.ts'
import { busyTicks } from './busy-ticks.ts'

let tables: Tables
before(async () => {
  tables = await startTables()
})
after(() => tables[Symbol.asyncDispose]())

test('half of a batch, or the middle of it, comes again and takes nothing away', async () => {
  const ticks = busyTicks(20)
  const records = recordsOf(envelopesOf(ticks.map(tick => [tick])))
  const table = await addTicksTable(tables)
  await deliver(table, records.slice(0, 10), 'once', 0)
  for (const [from, to] of [
    [0, 5],
    [3, 7],
    [6, 8],
  ] as const) {
    await deliver(table, records.slice(from, to), 'once', 0)
    for (const { time, sequence } of ticks.slice(0, 10)) {
      assert.equal((await tickAsOf(table, '7203', TRADING_DATE, time))?.sequence, sequence)
    }
  }
})

test('a batch of many packs of which one was written comes again in pieces, and leaves no hole', async () => {
  const ticks = busyTicks(2_100)
  const slices = Array.from({ length: 21 }, (_, slice) => ticks.slice(100 * slice, 100 * (slice + 1)))
  const envelopes = envelopesOf(slices)
  const records = recordsOf(envelopes)
  const expires = Math.floor(Date.now() / 1000) + 86_400
  const { lane } = decodeHeader(envelopes[0]!).header
  const stretch = { line: 1, lane, tradingDate: TRADING_DATE, first: 1, last: ticks.length }
  for (const pack of packItems(ticks, [], expires)) {
    const table = await addTicksTable(tables)
    // What a function leaves that has died between two writes.
    for (const Item of [bordersItem(stretch, [], expires), pack]) {
      await table.client.send(new PutItemCommand({ TableName: table.table, Item }))
    }
    for (const [from, to] of [
      [0, 6],
      [6, 14],
      [14, 21],
    ] as const) {
      await deliver(table, records.slice(from, to), 'once', 0)
    }
    const seen = await collect(
      ticksBetween(table, '7203', TRADING_DATE, { time: 0, sequence: 0 }, ticks.at(-1)!.time),
    )
    assert.deepEqual(
      seen.map(({ sequence }) => sequence),
      ticks.map(({ sequence }) => sequence),
    )
  }
})

test('a pack that cannot be read any more does not stop a batch that comes again', async () => {
  const ticks = busyTicks(20)
  const records = recordsOf(envelopesOf(ticks.map(tick => [tick])))
  const table = await addTicksTable(tables)
  await deliver(table, records.slice(0, 10), 'once', 0)
  const [first] = packItems(ticks.slice(0, 10), [], Math.floor(Date.now() / 1000) + 86_400)
  const Item = { ...first!, pack: { B: Buffer.from('no pack') } }
  await table.client.send(new PutItemCommand({ TableName: table.table, Item }))
  await deliver(table, records.slice(0, 5), 'once', 0)
  await deliver(table, records.slice(5), 'once', 0)
  for (const { time, sequence } of ticks) {
    assert.equal((await tickAsOf(table, '7203', TRADING_DATE, time))?.sequence, sequence)
  }
})

test('a whole day that comes again costs little more than the first time', async () => {
  const ticks = busyTicks(4_000)
  const slices = Array.from({ length: 40 }, (_, slice) => ticks.slice(100 * slice, 100 * (slice + 1)))
  const records = recordsOf(envelopesOf(slices))
  const table = await addTicksTable(tables)
  const unitsOf = async (length: number): Promise<number> => {
    let units = 0
    for (let from = 0; from < records.length; from += length) {
      units += (await store(table, records.slice(from, from + length))).units
    }
    return units
  }
  const first = await unitsOf(4)
  assert.ok((await unitsOf(4)) <= first)
  assert.ok((await unitsOf(3)) < 2 * first)
})

test('the end of a batch is kept in mind while the next one is written, however that ends', async () => {
  const ticks = busyTicks(30)
  const records = recordsOf(envelopesOf(ticks.map(tick => [tick])))
  const table = await addTicksTable(tables)
  await deliver(table, records.slice(0, 10), 'once', 0)
  await deliver(table, records.slice(4, 10), 'once', 0)
  // It dies before it has written a pack.
  await deliver(table, records.slice(10, 20), 'died', 0)
  await deliver(table, records, 'once', 0)
  for (const { time, sequence } of ticks) {
    assert.equal((await tickAsOf(table, '7203', TRADING_DATE, time))?.sequence, sequence)
  }
})

test('a batch that begins before others ended and goes on beyond them is hidden by none of their packs', async () => {
  const ticks = busyTicks(40)
  const records = recordsOf(envelopesOf(ticks.map(tick => [tick])))
  for (const [how, luck] of [
    ['once', 0],
    // Twice the function dies, the second time further on, before it has written a pack.
    ['crashed', 0],
  ] as const) {
    const table = await addTicksTable(tables)
    await deliver(table, records.slice(0, 9), 'once', 0)
    await deliver(table, records.slice(9, 20), 'once', 0)
    if (how === 'crashed') await deliver(table, records.slice(4, 30), 'died', luck)
    await deliver(table, records.slice(4), how, luck)
    for (const { time, sequence } of ticks) {
      assert.equal((await tickAsOf(table, '7203', TRADING_DATE, time))?.sequence, sequence)
    }
  }
})
