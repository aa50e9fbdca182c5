/**
 * Reading ticks back from the packs of the ticks table.
 *
 * A pack holds every tick of its issue from its first to its last. The stream is delivered at least once, so packs may
 * overlap, with other borders each time. Two facts keep reads exact: no pack goes over an end of a batch that was
 * stored before (docs/storage.md), so the pack with the latest start at or before a tick holds that tick; and a
 * sequence counts once.
 */
import { QueryCommand, type QueryCommandInput } from '@aws-sdk/client-dynamodb'
import { F, fieldOf } from '../../market/board.ts'
import { packTicks } from '../../market/codec/pack.ts'
import type { Tick } from '../../market/tick.ts'
import { deriveTrade } from '../../market/trade.ts'
import type { Item, Table } from '../dynamodb.ts'
import { EXPIRES, KEY, LAST_SEQUENCE, packKey, packOf, packTime, TIME, type TickPlace } from './ticks-item.ts'

export interface TicksTable extends Table {
  /** Whether reads see what was written a moment ago, for twice the read units. */
  readonly consistent?: boolean
}

/** A tick and the one before it of the same issue and date, where there is one. */
export interface Step {
  readonly tick: Tick
  readonly before: Tick | undefined
}

/** Packs of the first page of a range; each further page has twice as many, up to {@link MAX_PAGE}: few ticks cost little. */
const FIRST_PAGE = 2
const MAX_PAGE = 32

/** The last tick of an issue on `date` at or before `time` (µs of day): one Query, and a replay inside one pack. */
export async function tickAsOf(
  ticks: TicksTable,
  issue: string,
  date: number,
  time: number,
): Promise<Tick | undefined> {
  const pack = await packBefore(ticks, issue, date, { time, sequence: LAST_SEQUENCE })
  let last: Tick | undefined
  for (const tick of pack ?? []) if (tick.time <= time) last = tick
  return last
}

/**
 * The ticks of an issue on `date` after `after` up to and with `until` (µs of day), by rising sequence, each once.
 *
 * A trade that a repeated tick lost (a snapshot at the restart of a line knows no earlier board) is found again from
 * the tick before. Where the exchange's own count of the issue's messages jumps, something was given up on the way
 * here: the tick is `lost`.
 */
export async function* ticksBetween(
  ticks: TicksTable,
  issue: string,
  date: number,
  after: TickPlace,
  until: number,
): AsyncGenerator<Tick> {
  for await (const { tick } of stepsBetween(ticks, issue, date, after, until)) yield tick
}

/** {@link ticksBetween}, each with the tick before it, for the first one too. */
export async function* stepsBetween(
  ticks: TicksTable,
  issue: string,
  date: number,
  after: TickPlace,
  until: number,
): AsyncGenerator<Step> {
  for await (const { tick, before } of storedBetween(ticks, issue, date, after, until))
    yield { tick: healed(tick, before), before }
}

/** {@link stepsBetween}, as they are stored: what came later may still fill a gap between them. */
export async function* storedBetween(
  ticks: TicksTable,
  issue: string,
  date: number,
  after: TickPlace,
  until: number,
): AsyncGenerator<Step> {
  // A Query refuses a BETWEEN whose borders stand the wrong way round.
  if (after.time > until) return
  let before: Tick | undefined
  for await (const pack of packsFrom(ticks, issue, date, after, until)) {
    for (const tick of pack) {
      if (tick.time > until) break
      if (before !== undefined && tick.sequence <= before.sequence) continue
      if (isAfter(tick, after)) yield { tick, before }
      before = tick
    }
  }
}

function isAfter({ time, sequence }: TickPlace, place: TickPlace): boolean {
  return sequence > place.sequence && time >= place.time
}

/** What a stored tick should have said, as far as the one before it tells. */
function healed(tick: Tick, before: Tick | undefined): Tick {
  if (tick.lost || before === undefined) return tick
  const earlier = fieldOf(before.board, F.updateNumber)
  const later = fieldOf(tick.board, F.updateNumber)
  if (earlier !== undefined && later !== undefined && later > earlier + 1) return { ...tick, lost: true }
  if (tick.trade !== undefined) return tick
  const trade = deriveTrade(before.board, tick.board)
  return trade === undefined ? tick : { ...tick, trade }
}

/** The ticks of the packs in which the ticks after a place stand, by their starts; the first may begin before it. */
async function* packsFrom(
  ticks: TicksTable,
  issue: string,
  date: number,
  after: TickPlace,
  until: number,
): AsyncGenerator<Iterable<Tick>> {
  const first = await packBefore(ticks, issue, date, after)
  if (first !== undefined) yield first
  let start: Item | undefined
  let limit = FIRST_PAGE
  do {
    const page = await query(ticks, packKey(issue, date), {
      KeyConditionExpression: '#key = :key AND #time BETWEEN :from AND :until',
      values: {
        ':from': { S: packTime({ ...after, sequence: after.sequence + 1 }) },
        ':until': { S: packTime({ time: until, sequence: LAST_SEQUENCE }) },
      },
      Limit: limit,
      ExclusiveStartKey: start,
    })
    for (const item of page.items) yield packTicks(packOf(item))
    start = page.next
    limit = Math.min(2 * limit, MAX_PAGE)
  } while (start !== undefined)
}

/** The ticks of the pack with the latest start at or before `place`. */
export async function packBefore(
  ticks: TicksTable,
  issue: string,
  date: number,
  place: TickPlace,
): Promise<Iterable<Tick> | undefined> {
  // The filter works after the limit: an expired pack leaves an empty page, and those before it have expired too.
  const page = await query(ticks, packKey(issue, date), {
    KeyConditionExpression: '#key = :key AND #time <= :place',
    values: { ':place': { S: packTime(place) } },
    Limit: 1,
    ScanIndexForward: false,
  })
  const item = page.items[0]
  return item && packTicks(packOf(item))
}

/** Items of a partition that have not expired. */
export async function query(
  { client, table, consistent = false }: TicksTable,
  key: string,
  { values, ...input }: Partial<QueryCommandInput> & { values: Item },
): Promise<{ items: Item[]; next: Item | undefined }> {
  const answer = await client.send(
    new QueryCommand({
      TableName: table,
      ConsistentRead: consistent,
      ...input,
      // Time to live deletes late (DynamoDB guide): what has expired may still be there, and is not shown.
      FilterExpression: '#expires > :now',
      ExpressionAttributeNames: { '#key': KEY, '#time': TIME, '#expires': EXPIRES },
      ExpressionAttributeValues: {
        ...values,
        ':key': { S: key },
        ':now': { N: String(Math.floor(Date.now() / 1000)) },
      },
    }),
  )
  return { items: answer.Items ?? [], next: answer.LastEvaluatedKey }
}
