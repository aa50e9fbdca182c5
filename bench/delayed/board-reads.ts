/** Board reads of the delayed-prices function and of its baseline: their moments, their items, and their measurement. */
import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { CreateTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { below, type Random } from '../../local/exchange/random.ts'
import type { BoardJson } from '../../market/board-json.ts'
import { momentOf } from '../../market/moment.ts'
import type { Tick } from '../../market/tick.ts'
import { addMillis, nowMillis } from '../../market/units.ts'
import { putItems } from '../../tables/ticks/put-items.ts'
import { watermarksKey } from '../../tables/ticks/ticks-item.ts'
import { createPace } from '../../tables/ticks/write-pace.ts'
import { itemBytes } from '../../tables/ticks/write-units.ts'
import { type Helper, startHelper } from '../ingest/helper.ts'
import { TRADING_DATE } from '../opening.ts'
import { boardRequest } from './api-request.ts'
import { PATIENCE, tableOf, UNITS_A_SECOND } from './delayed-market.ts'
import type { FUNCTION_ABILITIES, Invoked } from './function-process.ts'
import { asOfQuery, jsonItem } from './json-items.ts'
import type { Served, TABLE_ABILITIES } from './table-server.ts'

/** Names of the ticks table and of the table of the baseline. */
export const TICKS = 'ticks'
export const JSON_ITEMS = 'json'
/** Measured reads of each side. */
export const READS = 4_000
/** Reads before the measured ones. By then the engine has compiled the code. */
export const WARM_UP = 1_000
/** DynamoDB rounds the bytes of a Query up to this size. Each such block costs half a read unit (eventually consistent). */
const READ_UNIT_BYTES = 4 * 1024
/** Reads for which the size of the item is compared with the consumed units. */
export const CHECKED = 500

/** A read, and the tick that its answer must contain. */
export interface Read {
  /** Microseconds of the day. */
  readonly time: number
  /** The last tick of the issue at that time. */
  readonly tick: Tick
}

export interface Measured extends Invoked {
  /** One Query a read. */
  readonly queries: readonly Served[]
}

export type Table = Helper<typeof TABLE_ABILITIES>

/** Returns reads at uniformly random moments from the first tick of an issue to its last. */
export function readsOf(draw: () => readonly Tick[], random: Random): Read[] {
  return Array.from({ length: WARM_UP + READS }, () => {
    const ticks = draw()
    const first = ticks[0]!.time
    const time = first + below(random, ticks.at(-1)!.time - first + 1)
    return { time, tick: ticks.findLast(tick => tick.time <= time)! }
  })
}

/** Stores the items of the baseline that the reads find. All items would fill the memory. */
export async function storeJson(client: DynamoDBClient, reads: readonly Read[]): Promise<void> {
  await client.send(new CreateTableCommand(tableOf(JSON_ITEMS)))
  const ticks = new Set(reads.map(({ tick }) => tick))
  const pace = createPace(UNITS_A_SECOND)
  const left = await putItems(
    { client, table: JSON_ITEMS },
    [...ticks].map(jsonItem),
    addMillis(nowMillis(), PATIENCE),
    pace,
  )
  assert.equal(left.length, 0)
}

/**
 * Compares the units that the stand-in reports with the documented rule: the size of the found item, rounded up to 4 KB,
 * half a unit for each 4 KB of an eventually consistent read.
 */
export async function checkUnits(
  client: DynamoDBClient,
  table: Table,
  reads: readonly Read[],
): Promise<void> {
  for (const { tick, time } of reads) {
    const { issue } = tick.board
    await table.ask('takeQueries', undefined)
    const { Items = [] } = await client.send(asOfQuery(TICKS, issue, momentOf(TRADING_DATE, time)))
    const units = Math.ceil(itemBytes(Items[0]!) / READ_UNIT_BYTES) / 2
    const [query] = await table.ask('takeQueries', undefined)
    assert.equal(query?.units, units, `read units of ${issue} at ${time}`)
  }
}

/** Runs the reads in a new process of the function, and checks every answer. */
export async function measure(table: Table, module: string, reads: readonly Read[]): Promise<Measured> {
  const function_: Helper<typeof FUNCTION_ABILITIES> = startHelper(
    fileURLToPath(new URL('./function-process.ts', import.meta.url)),
    '',
  )
  try {
    const requests = reads.map(({ tick, time }) =>
      boardRequest(tick.board.issue, momentOf(TRADING_DATE, time)),
    )
    await function_.ask('invoke', { module, requests: requests.slice(0, WARM_UP) })
    await table.ask('takeQueries', undefined)
    const invoked = await function_.ask('invoke', { module, requests: requests.slice(WARM_UP) })
    // Queries of watermarks are not counted: an environment makes at most one a second.
    const all = await table.ask('takeQueries', undefined)
    const queries = all.filter(({ key }) => key !== watermarksKey(TRADING_DATE))
    assert.equal(queries.length, READS, 'a read is one Query')
    for (const [index, { tick }] of reads.slice(WARM_UP).entries()) {
      const { board } = JSON.parse(invoked.bodies[index]!) as { readonly board: BoardJson }
      assert.deepEqual([board.issue, board.sequence], [tick.board.issue, tick.sequence])
    }
    return { ...invoked, queries }
  } finally {
    await function_.end()
  }
}
