/**
 * Reading ticks back from the packs of the ticks table.
 *
 * A pack holds every tick of its issue from its first to its last. The stream is delivered at least once, so packs
 * may overlap, with other borders each time. Two facts keep reads exact: whatever was delivered again was delivered
 * to the end, so the pack with the latest start at or before a tick holds that tick; and a sequence counts once.
 */
import { type DynamoDBClient, QueryCommand, type QueryCommandInput } from '@aws-sdk/client-dynamodb'
import { decodePack } from '../../../market/pack.ts'
import type { Tick } from '../../../market/tick.ts'
import { deriveTrade } from '../../../market/trade.ts'
import type { Item } from '../dynamodb.ts'
import {
  EXPIRES,
  KEY,
  LAST_SEQUENCE,
  packKey,
  packOf,
  packTime,
  TIME,
  type TickPlace,
} from '../ticks-item.ts'

export interface TicksTable {
  readonly client: DynamoDBClient
  readonly table: string
}

/** Packs fetched at once while a range is read. */
const PACKS_PER_PAGE = 16

/** The last tick of an issue on `date` at or before `time` (µs of day): one Query, and a replay inside one pack. */
export async function tickAsOf(
  ticks: TicksTable,
  issue: string,
  date: number,
  time: number,
): Promise<Tick | undefined> {
  const pack = await packBefore(ticks, issue, date, { time, sequence: LAST_SEQUENCE })
  return pack && decodePack(packOf(pack)).findLast(tick => tick.time <= time)
}

/**
 * The ticks of an issue on `date` after `after` up to and with `until` (µs of day), by rising sequence, each once.
 *
 * The first ones may come from a pack that begins before `after`. A trade that a repeated tick lost (a snapshot at
 * the restart of a line knows no earlier board) is found again from the tick before, unless more was lost between.
 */
export async function* ticksBetween(
  ticks: TicksTable,
  issue: string,
  date: number,
  after: TickPlace,
  until: number,
): AsyncGenerator<Tick> {
  // A Query refuses a BETWEEN whose borders stand the wrong way round.
  if (after.time > until) return
  let last: Tick | undefined
  for await (const pack of packsBetween(ticks, issue, date, after, until)) {
    for (const tick of decodePack(packOf(pack))) {
      if (tick.time > until) return
      if (last !== undefined && tick.sequence <= last.sequence) continue
      if (tick.sequence > after.sequence && tick.time >= after.time) yield withTrade(tick, last)
      last = tick
    }
  }
}

function withTrade(tick: Tick, before: Tick | undefined): Tick {
  if (tick.trade !== undefined || tick.lost || before === undefined) return tick
  const trade = deriveTrade(before.board, tick.board)
  return trade === undefined ? tick : { ...tick, trade }
}

async function* packsBetween(
  ticks: TicksTable,
  issue: string,
  date: number,
  after: TickPlace,
  until: number,
): AsyncGenerator<Item> {
  const before = await packBefore(ticks, issue, date, after)
  if (before !== undefined) yield before
  let start: Item | undefined
  do {
    const page = await query(ticks, issue, date, {
      KeyConditionExpression: '#key = :key AND #time BETWEEN :from AND :until',
      values: {
        ':from': { S: packTime({ ...after, sequence: after.sequence + 1 }) },
        ':until': { S: packTime({ time: until, sequence: LAST_SEQUENCE }) },
      },
      Limit: PACKS_PER_PAGE,
      ExclusiveStartKey: start,
    })
    yield* page.items
    start = page.next
  } while (start !== undefined)
}

/** The pack with the latest start at or before `place`. */
async function packBefore(
  ticks: TicksTable,
  issue: string,
  date: number,
  place: TickPlace,
): Promise<Item | undefined> {
  // The filter works after the limit: an expired pack leaves an empty page, and those before it have expired too.
  const page = await query(ticks, issue, date, {
    KeyConditionExpression: '#key = :key AND #time <= :place',
    values: { ':place': { S: packTime(place) } },
    Limit: 1,
    ScanIndexForward: false,
  })
  return page.items[0]
}

async function query(
  { client, table }: TicksTable,
  issue: string,
  date: number,
  { values, ...input }: Partial<QueryCommandInput> & { values: Item },
): Promise<{ items: Item[]; next: Item | undefined }> {
  const answer = await client.send(
    new QueryCommand({
      TableName: table,
      ...input,
      // Time to live deletes late (DynamoDB guide): what has expired may still be there, and is not shown.
      FilterExpression: '#expires > :now',
      ExpressionAttributeNames: { '#key': KEY, '#time': TIME, '#expires': EXPIRES },
      ExpressionAttributeValues: {
        ...values,
        ':key': { S: packKey(issue, date) },
        ':now': { N: String(Math.floor(Date.now() / 1000)) },
      },
    }),
  )
  return { items: answer.Items ?? [], next: answer.LastEvaluatedKey }
}
