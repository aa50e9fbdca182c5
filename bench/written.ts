/** Writes batches with the code of store-ticks to a table that reports consumed units. */

import assert from 'node:assert/strict'
import { BatchWriteItemCommand, CreateTableCommand } from '@aws-sdk/client-dynamodb'
import type {
  BatchWriteCommandInput,
  BatchWriteCommandOutput,
  DynamoDBDocumentClient,
} from '@aws-sdk/lib-dynamodb'
import { KEEP_DAYS } from '../cdk/sizing.ts'
import { createEpochFence } from '../functions/store-ticks/epoch-fence.ts'
import { storeBatch } from '../functions/store-ticks/store-batch.ts'
import { RULES } from '../market/calendar/calendar.ts'
import { addMillis, nowMillis } from '../market/units.ts'
import { createDynamoDB } from '../tables/dynamodb.ts'
import type { TicksItem } from '../tables/ticks/ticks-item.ts'
import { tableOf } from './delayed/delayed-market.ts'
import type { Batch } from './store-batches.ts'
import { INDEX_BYTES, storedOf } from './stored.ts'

/** A pace so high that writing never waits: the stand-in does not throttle. */
export const UNITS_PER_LANE = 1_000_000
/** Time limit of a batch, ms. */
const PATIENCE = 600_000

/** A table whose client records the items that are put and the units they consume. */
export interface MeteredTable {
  readonly client: DynamoDBDocumentClient
  readonly table: string
  /** Returns items and units since the last call. */
  take(): { readonly items: readonly TicksItem[]; readonly consumed: number }
}

export async function openMeteredTable(
  creator: DynamoDBDocumentClient,
  table: string,
): Promise<MeteredTable> {
  await creator.send(new CreateTableCommand(tableOf(table)))
  const client = createDynamoDB()
  let items: TicksItem[] = []
  let consumed = 0
  client.middlewareStack.add(
    (next, { commandName }) =>
      async args => {
        if (commandName !== BatchWriteItemCommand.name) return next(args)
        const input = args.input as BatchWriteCommandInput
        const answer = await next({ ...args, input: { ...input, ReturnConsumedCapacity: 'TOTAL' } })
        const { ConsumedCapacity } = answer.output as BatchWriteCommandOutput
        for (const { CapacityUnits } of ConsumedCapacity!) consumed += CapacityUnits!
        for (const { PutRequest } of input.RequestItems![table]!) items.push(PutRequest!.Item as TicksItem)
        return answer
      },
    { step: 'initialize' },
  )
  return {
    client,
    table,
    take() {
      const taken = { items, consumed }
      items = []
      consumed = 0
      return taken
    },
  }
}

export interface Written {
  readonly batches: readonly { readonly lanes: number; readonly units: number; readonly seconds: number }[]
  /** Write units a second of all batches, divided by ticks a second. Short batches count more often. */
  readonly unitsPerTick: number
  readonly unitsPerSecond: number
  /** Bytes that are charged as storage. */
  readonly bytesPerTick: number
  /** Write units a second of the issue with the most. */
  readonly hottestUnitsPerSecond: number
  readonly ticksPerCpuSecond: number
  readonly consumed: number
}

/** @throws AssertionError if the consumed units differ from the units counted from the items. */
export async function storeBatches(batches: readonly Batch[], table: MeteredTable): Promise<Written> {
  const written: Written['batches'][number][] = []
  const perSecond = { units: 0, bytes: 0, ticks: 0, hottest: 0 }
  let [consumed, ticks, cpu] = [0, 0, 0]
  for (const { lanes, records, seconds } of batches) {
    const start = process.cpuUsage()
    const options = { ...table, calendar: RULES, keepDays: KEEP_DAYS, unitsPerLane: UNITS_PER_LANE }
    const result = await storeBatch(records, options, addMillis(nowMillis(), PATIENCE), createEpochFence())
    const { user, system } = process.cpuUsage(start)
    assert.equal(result.failedFrom, undefined)
    const taken = table.take()
    const { bytes, units, items } = storedOf(taken.items)
    assert.equal(taken.consumed, units)
    written.push({ lanes: lanes.length, units, seconds })
    perSecond.units += units / seconds
    perSecond.bytes += (bytes + INDEX_BYTES * items) / seconds
    perSecond.ticks += result.ticks / seconds
    perSecond.hottest = Math.max(perSecond.hottest, hottestUnits(taken.items) / seconds)
    consumed += units
    ticks += result.ticks
    cpu += (user + system) / 1e6
  }
  return {
    batches: written,
    unitsPerTick: perSecond.units / perSecond.ticks,
    unitsPerSecond: perSecond.units,
    bytesPerTick: perSecond.bytes / perSecond.ticks,
    hottestUnitsPerSecond: perSecond.hottest,
    ticksPerCpuSecond: ticks / cpu,
    consumed,
  }
}

function hottestUnits(items: readonly TicksItem[]): number {
  const ofKey = Map.groupBy(items, ({ key }) => key)
  return Math.max(...[...ofKey.values()].map(some => storedOf(some).units))
}
