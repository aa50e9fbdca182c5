import assert from 'node:assert/strict'
import { after, before as beforeAll, test } from 'node:test'
import fc from 'fast-check'
import { createEpochFence } from '../../../functions/store-ticks/epoch-fence.ts'
import { storeBatch } from '../../../functions/store-ticks/store-batch.ts'
import { RULES } from '../../../market/calendar/calendar.ts'
import { laneName, laneOf } from '../../../market/lane.ts'
import { DAY_MICROSECONDS, momentOf } from '../../../market/moment.ts'
import type { Tick } from '../../../market/tick.ts'
import { addMillis, type EpochMicros, nowMillis } from '../../../market/units.ts'
import { ticksBetween } from '../../../tables/ticks/read-ticks.ts'
import type { TicksTable } from '../../../tables/ticks/ticks-table.ts'
import { readWatermarks, SETTLE_MS } from '../../../tables/ticks/watermarks.ts'
import { refusingClient } from '../refusing-client.ts'
import { LANES } from '../stored-lanes.ts'
import { ISSUES, openSender, sampleTicks, slicesOf, TRADING_DATE, ticksOfLine } from '../stored-market.ts'
import { addTicksTable, startTables, type Tables } from '../tables.ts'
import { collect, deliver, deliveriesOf, fate, KEEP_DAYS, recordsOf, store } from './batch-delivery.ts'

let tables: Tables
beforeAll(async () => {
  tables = await startTables()
})
after(() => tables[Symbol.asyncDispose]())

/** The moment directly before a tick: another tick of the same microsecond may follow it. */
const before = ({ time }: Tick): EpochMicros => momentOf(TRADING_DATE, time - 1)

/** Returns envelopes of ticks. After each slice every lane reports that it is complete up to the slice's last tick. */
function reportingEnvelopes(slices: readonly (readonly Tick[])[]): Uint8Array[] {
  const sender = openSender(1)
  return slices.flatMap(slice => [...sender.send(slice), ...sender.complete(before(slice.at(-1)!))])
}

/** Returns the market time up to which each lane is stored, once its watermark counts. */
async function storedUntil(table: TicksTable): Promise<Map<string, number>> {
  const lanes = await readWatermarks(table, TRADING_DATE, addMillis(nowMillis(), SETTLE_MS))
  return new Map(lanes.map(({ lane, until }) => [lane, until]))
}

/** Checks that every tick up to the watermark of its lane is stored. */
async function checkStored(table: TicksTable, ticks: readonly Tick[]): Promise<void> {
  const until = await storedUntil(table)
  for (const issue of ISSUES) {
    const moment = until.get(laneName(1, laneOf(issue, LANES))) ?? 0
    const due = ticks.filter(
      ({ board, time }) => board.issue === issue && momentOf(TRADING_DATE, time) <= moment,
    )
    const stored = await collect(
      ticksBetween(table, issue, TRADING_DATE, { time: 0, sequence: 0 }, DAY_MICROSECONDS),
    )
    const found = new Set(stored.map(({ sequence }) => sequence))
    assert.deepEqual(
      due.filter(({ sequence }) => !found.has(sequence)),
      [],
      `ticks of ${issue} up to the watermark of its lane`,
    )
  }
}

const scenario = fc.tuple(ticksOfLine({ minLength: 1, maxLength: 40 })).chain(([ticks]) =>
  slicesOf(ticks).chain(slices =>
    fc.record({
      ticks: fc.constant(ticks),
      batches: deliveriesOf(recordsOf(reportingEnvelopes(slices))),
      fates: fc.array(fc.tuple(fate, fc.nat()), { minLength: 1, maxLength: 4 }),
    }),
  ),
)

test('every tick up to the watermark of its lane is stored, in any delivery and after any crash', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async ({ ticks, batches, fates }) => {
      const table = await addTicksTable(tables)
      for (const [index, batch] of batches.entries()) {
        const [how, luck] = fates[index % fates.length]!
        await deliver(table, batch, how, luck, () => checkStored(table, ticks))
      }
      await checkStored(table, ticks)
      const last = before(ticks.at(-1)!)
      assert.deepEqual([...(await storedUntil(table)).values()], Array(LANES).fill(last))
    }),
    { numRuns: 25 },
  )
})

test('a watermark stands before the first tick that the table did not take', async () => {
  const { table } = await addTicksTable(tables)
  const ticks = sampleTicks(60)
  const records = recordsOf(reportingEnvelopes(ticks.map(tick => [tick])))
  const first = ticks.findIndex(({ board }) => board.issue === '6758')
  const { client } = refusingClient(items => items.filter(item => !item.key.startsWith('6758')))
  const options = { client, table, calendar: RULES, keepDays: KEEP_DAYS, unitsPerLane: 1_000_000 }
  const result = await storeBatch(records, options, addMillis(nowMillis(), 2_000), createEpochFence())
  assert.ok(result.failedFrom !== undefined)
  const moments = [...(await storedUntil({ client: tables.client, table })).values()]
  assert.deepEqual(moments, Array(LANES).fill(before(ticks[first - 1]!)))
  client.destroy()
})

test('a batch whose watermark the table does not take is not acknowledged', async () => {
  const { client, table } = await addTicksTable(tables)
  const refusing = refusingClient(items => items)
  refusing.client.middlewareStack.add(
    (next, { commandName }) =>
      async args => {
        if (commandName === 'PutItemCommand') throw new Error('refused')
        return next(args)
      },
    { step: 'initialize' },
  )
  const options = {
    client: refusing.client,
    table,
    calendar: RULES,
    keepDays: KEEP_DAYS,
    unitsPerLane: 1_000_000,
  }
  const records = recordsOf(reportingEnvelopes([sampleTicks(5)]))
  await assert.rejects(storeBatch(records, options, addMillis(nowMillis(), 500), createEpochFence()), {
    name: 'DeadlineError',
  })
  await store({ client, table }, records)
  assert.equal((await storedUntil({ client, table })).size, LANES)
  refusing.client.destroy()
})
