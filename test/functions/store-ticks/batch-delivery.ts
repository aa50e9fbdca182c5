/** How Kinesis and Lambda may deliver a stream to store-ticks: in any batches, repeatedly, and with aborted attempts. */

import { BatchWriteCommand, type BatchWriteCommandInput } from '@aws-sdk/lib-dynamodb'
import fc from 'fast-check'
import { createEpochFence } from '../../../functions/store-ticks/epoch-fence.ts'
import type { StreamRecord } from '../../../functions/store-ticks/read-batch.ts'
import {
  type StoreOptions,
  type StoreResult,
  storeBatch,
} from '../../../functions/store-ticks/store-batch.ts'
import { RULES } from '../../../market/calendar/calendar.ts'
import type { Tick } from '../../../market/tick.ts'
import { addMillis, type EpochMillis, nowMillis } from '../../../market/units.ts'
import { createDynamoDB } from '../../../tables/dynamodb.ts'
import type { TicksTable } from '../../../tables/ticks/ticks-table.ts'
import { slicesOf } from '../stored-market.ts'

export const KEEP_DAYS = 31
/** So many that no test has to wait. */
const UNITS_PER_LANE = 1_000_000

const inTenSeconds = (): EpochMillis => addMillis(nowMillis(), 10_000)

/** The ticks table, and what one environment of store-ticks remembers, if the same environment stores several batches. */
export type StoredTable = TicksTable & Pick<StoreOptions, 'writtenTotals'>

/** Stores a batch as store-ticks does. */
export const store = (
  table: StoredTable,
  records: readonly StreamRecord[],
  fence = createEpochFence(),
): Promise<StoreResult> =>
  storeBatch(
    records,
    { ...table, calendar: RULES, keepDays: KEEP_DAYS, unitsPerLane: UNITS_PER_LANE },
    inTenSeconds(),
    fence,
  )

/** Returns envelopes as records with rising sequence numbers. */
export const recordsOf = (envelopes: readonly Uint8Array[]): StreamRecord[] =>
  envelopes.map((bytes, index) => ({ sequenceNumber: String(1000 + index), bytes }))

/**
 * Batches in the order of their delivery. They form runs: a run starts at or before the end of the previous run, ends
 * anywhere, and is cut into batches of any size. The last run ends with the last record.
 */
export const deliveriesOf = (records: readonly StreamRecord[]): fc.Arbitrary<StreamRecord[][]> =>
  fc
    .array(fc.record({ from: fc.nat(), length: fc.nat() }), { maxLength: 3 })
    .chain(runs => fc.tuple(...runsOf(records, runs).map(slicesOf)))
    .map(runs => runs.flat())

function runsOf(
  records: readonly StreamRecord[],
  drawn: readonly { readonly from: number; readonly length: number }[],
): (readonly StreamRecord[])[] {
  let reached = 0
  const runs = drawn.map(({ from, length }) => {
    const start = from % Math.min(reached + 1, records.length)
    reached = start + 1 + (length % (records.length - start))
    return records.slice(start, reached)
  })
  const last = (drawn.at(-1)?.from ?? 0) % Math.min(reached + 1, records.length)
  return [...runs, records.slice(last)]
}

/**
 * How a batch is delivered. `once` and `twice`: as a whole. `crashed`: an attempt dies while it writes, then the whole
 * batch comes again. `bisected`: an attempt dies, then the batch comes in halves. `died`: an attempt dies, and the batch
 * comes again only as part of another delivery.
 */
export type Fate = 'once' | 'twice' | 'crashed' | 'bisected' | 'died'

/** The fates after which the batch is stored. */
export const fate: fc.Arbitrary<Fate> = fc.constantFrom('once', 'twice', 'crashed', 'bisected')

/**
 * Delivers a batch.
 * @param luck selects the items that a dying attempt still writes: item `n` is written if bit `n % 31` is set.
 * @param look runs after each attempt.
 */
export async function deliver(
  table: StoredTable,
  batch: readonly StreamRecord[],
  how: Fate,
  luck: number,
  look = async (): Promise<void> => {},
): Promise<void> {
  const half = Math.ceil(batch.length / 2)
  if (how !== 'once' && how !== 'twice') {
    await crash(table, batch, luck)
    await look()
  }
  if (how === 'died') return
  const whole = how === 'twice' ? [batch, batch] : [batch]
  const deliveries = how === 'bisected' ? [batch.slice(0, half), batch.slice(half)] : whole
  for (const records of deliveries) {
    await store(table, records)
    await look()
  }
}

/** Stores a batch with a function that dies after it has written the borders and some of the packs. */
async function crash(table: TicksTable, batch: readonly StreamRecord[], luck: number): Promise<void> {
  const client = createDynamoDB()
  client.middlewareStack.add(
    next => async args => {
      const input = args.input as BatchWriteCommandInput
      const puts = input.RequestItems?.[table.table]
      if (puts === undefined || !Array.isArray(puts)) return next(args)
      const written = puts.filter((_, index) => ((luck >> (index % 31)) & 1) === 1)
      if (written.length > 0) {
        await table.client.send(new BatchWriteCommand({ RequestItems: { [table.table]: written } }))
      }
      throw new FunctionDied('the function has died')
    },
    { step: 'initialize' },
  )
  const options = {
    client,
    table: table.table,
    calendar: RULES,
    keepDays: KEEP_DAYS,
    unitsPerLane: UNITS_PER_LANE,
  }
  try {
    await storeBatch(batch, options, inTenSeconds(), createEpochFence())
  } catch (error) {
    if (!(error instanceof FunctionDied)) throw error
  }
}

/** The end of an attempt. It has the name of an error after which store-ticks does not try again. */
class FunctionDied extends Error {
  override readonly name = 'ValidationException'
}

export async function collect(ticks: AsyncIterable<Tick>): Promise<Tick[]> {
  const all: Tick[] = []
  for await (const tick of ticks) all.push(tick)
  return all
}
