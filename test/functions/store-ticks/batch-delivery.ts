/** What a stream may do to its reader: batches of any size, again and from anywhere before, cut off in the middle. */
import { BatchWriteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import fc from 'fast-check'
import { createEpochFence } from '../../../functions/store-ticks/epoch-fence.ts'
import type { StreamRecord } from '../../../functions/store-ticks/read-batch.ts'
import { type StoreResult, storeBatch } from '../../../functions/store-ticks/store-batch.ts'
import { keepAliveHandler } from '../../../lambda/keep-alive.ts'
import type { Tick } from '../../../market/tick.ts'
import type { TicksTable } from '../../../tables/ticks/ticks-table.ts'
import { slicesOf } from '../stored-market.ts'

export const KEEP_DAYS = 31
/** So much that no test waits. */
const UNITS_PER_LANE = 1_000_000

const soon = (): number => Date.now() + 10_000

export const store = (
  table: TicksTable,
  records: readonly StreamRecord[],
  fence = createEpochFence(),
): Promise<StoreResult> =>
  storeBatch(records, { ...table, keepDays: KEEP_DAYS, unitsPerLane: UNITS_PER_LANE }, soon(), fence)

export const recordsOf = (envelopes: readonly Uint8Array[]): StreamRecord[] =>
  envelopes.map((bytes, index) => ({ sequenceNumber: String(1000 + index), bytes }))

/**
 * Batches in the order in which they come. A run begins at the start or before the end of the run before, ends
 * anywhere, and is cut anyhow; the last one ends with the records.
 */
export const deliveriesOf = (records: readonly StreamRecord[]): fc.Arbitrary<StreamRecord[][]> =>
  fc
    .array(fc.record({ from: fc.nat(), length: fc.nat() }), { maxLength: 3 })
    .chain(some => fc.tuple(...runsOf(records, some).map(slicesOf)))
    .map(runs => runs.flat())

function runsOf(
  records: readonly StreamRecord[],
  some: readonly { readonly from: number; readonly length: number }[],
): (readonly StreamRecord[])[] {
  let reached = 0
  const runs = some.map(({ from, length }) => {
    const start = from % Math.min(reached + 1, records.length)
    reached = start + 1 + (length % (records.length - start))
    return records.slice(start, reached)
  })
  const last = (some.at(-1)?.from ?? 0) % Math.min(reached + 1, records.length)
  return [...runs, records.slice(last)]
}

/**
 * How a batch may come: as it is, again, dying while it is written and then whole, or in halves after that. What only
 * `died` comes again by another delivery.
 */
export const fate = fc.constantFrom('once', 'twice', 'crashed', 'bisected')

/**
 * @param luck of two writes of a dying function, which one the table gets: a number of any size, bit by bit.
 * @param look happens whenever the table has been written to.
 */
export async function deliver(
  table: TicksTable,
  batch: readonly StreamRecord[],
  how: string,
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

/** A function that dies when it has written the borders, and some of the packs. */
async function crash(table: TicksTable, batch: readonly StreamRecord[], luck: number): Promise<void> {
  const client = new DynamoDBClient({ requestHandler: keepAliveHandler() })
  let requests = 0
  client.middlewareStack.add(
    next => async args => {
      const input = args.input as { RequestItems?: Record<string, unknown[]> }
      const puts = input.RequestItems?.[table.table]
      if (puts === undefined || !Array.isArray(puts) || requests++ === 0) return next(args)
      const written = puts.filter((_, index) => ((luck >> (index % 31)) & 1) === 1)
      if (written.length > 0) {
        await table.client.send(
          new BatchWriteItemCommand({ RequestItems: { [table.table]: written } } as never),
        )
      }
      throw new Error('the function has died')
    },
    { step: 'initialize' },
  )
  const options = { client, table: table.table, keepDays: KEEP_DAYS, unitsPerLane: UNITS_PER_LANE }
  // The deadline is so near that nothing is tried again.
  await storeBatch(batch, options, Date.now() + 90, createEpochFence()).catch(() => {})
  client.destroy()
}

export async function collect(ticks: AsyncIterable<Tick>): Promise<Tick[]> {
  const all: Tick[] = []
  for await (const tick of ticks) all.push(tick)
  return all
}
