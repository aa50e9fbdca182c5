/** Stores the opening in the ticks table with the code of store-ticks, and returns the ticks that readers must see. */

import {
  CreateTableCommand,
  type CreateTableCommandInput,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb'
import { PutCommand } from '@aws-sdk/lib-dynamodb'
import { KEEP_DAYS, LANES } from '../../cdk/sizing.ts'
import { createEpochFence } from '../../functions/store-ticks/epoch-fence.ts'
import { storeBatch } from '../../functions/store-ticks/store-batch.ts'
import { RULES } from '../../market/calendar/calendar.ts'
import { LINE_NUMBERS, laneName } from '../../market/lane.ts'
import { DAY_MICROSECONDS, momentOf } from '../../market/moment.ts'
import type { Tick } from '../../market/tick.ts'
import { addMillis, asEpochMillis, nowMillis } from '../../market/units.ts'
import { BOARDS_KEYS } from '../../tables/boards/boards-keys.ts'
import { CONTROL_KEYS } from '../../tables/control/control-keys.ts'
import { type WatermarkItem, watermarksKey } from '../../tables/ticks/ticks-item.ts'
import { TICKS_KEYS } from '../../tables/ticks/ticks-keys.ts'
import { TRADING_DATE } from '../opening.ts'
import { type Batch, openingBatches } from '../store-batches.ts'
import { BUSY, EXPIRY, groupsOf } from '../stored.ts'

/** The lanes of one line represent all lanes. */
const LINE_LANES = ['1-0', '1-1']
/** A pace so high that writing never waits: the stand-in does not throttle. */
export const UNITS_A_SECOND = 1_000_000
/** Time limit of a write, ms. */
export const PATIENCE = 600_000

export interface StoredMarket {
  /** The ticks of each issue, in order. */
  readonly issues: readonly (readonly Tick[])[]
  readonly packs: number
  /** Length of the batches in market seconds. */
  readonly batchSeconds: number
}

export const tableOf = (name: string): CreateTableCommandInput => ({
  TableName: name,
  AttributeDefinitions: [
    { AttributeName: TICKS_KEYS.partition, AttributeType: 'S' },
    { AttributeName: TICKS_KEYS.sort, AttributeType: 'S' },
  ],
  KeySchema: [
    { AttributeName: TICKS_KEYS.partition, KeyType: 'HASH' },
    { AttributeName: TICKS_KEYS.sort, KeyType: 'RANGE' },
  ],
  BillingMode: 'PAY_PER_REQUEST',
})

/** Creates an empty boards table: without an issue master every issue counts as listed. */
export function createBoardsTable(client: DynamoDBClient, table: string): Promise<void> {
  return createTable(client, table, BOARDS_KEYS.partition)
}

/** Creates an empty control table: the calendar has no exceptions. */
export function createControlTable(client: DynamoDBClient, table: string): Promise<void> {
  return createTable(client, table, CONTROL_KEYS.partition)
}

async function createTable(client: DynamoDBClient, table: string, key: string): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName: table,
      AttributeDefinitions: [{ AttributeName: key, AttributeType: 'S' }],
      KeySchema: [{ AttributeName: key, KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  )
}

/** Writes that all lanes are stored to the end of the day, as after it. */
export async function storeWatermarks(client: DynamoDBClient, table: string): Promise<void> {
  const until = momentOf(TRADING_DATE, DAY_MICROSECONDS - 1)
  const written = asEpochMillis(0)
  for (const line of LINE_NUMBERS) {
    for (let lane = 0; lane < LANES; lane++) {
      const Item: WatermarkItem = {
        key: watermarksKey(TRADING_DATE),
        time: laneName(line, lane),
        expires: EXPIRY,
        until,
        written,
        settled: until,
        epoch: written,
        counter: 0,
        reporter: asEpochMillis(1),
        missing: '',
      }
      await client.send(new PutCommand({ TableName: table, Item }))
    }
  }
}

/** Stores one full batch of each lane of a line. */
export async function storeOpening(client: DynamoDBClient, table: string): Promise<StoredMarket> {
  await client.send(new CreateTableCommand(tableOf(table)))
  const batches: Batch[] = openingBatches(BUSY).apart.filter(({ lanes }) => LINE_LANES.includes(lanes[0]!))
  let packs = 0
  for (const { records } of batches) {
    const options = { client, table, calendar: RULES, keepDays: KEEP_DAYS, unitsPerLane: UNITS_A_SECOND }
    const result = await storeBatch(records, options, addMillis(nowMillis(), PATIENCE), createEpochFence())
    if (result.failedFrom !== undefined)
      throw new Error(
        `expected a whole batch to be stored, got a failure from record ${result.failedFrom} on`,
      )
    packs += result.packs
  }
  await storeWatermarks(client, table)
  return {
    issues: groupsOf(batches),
    packs,
    batchSeconds: Math.max(...batches.map(({ seconds }) => seconds)),
  }
}
