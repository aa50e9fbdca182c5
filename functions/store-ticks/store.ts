/** A batch of envelopes becomes packs in the ticks table. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { decodeEnvelope, EnvelopeError } from '../../market/envelope.ts'
import { encodePack, packKey, packTime } from '../../market/pack.ts'
import type { Tick } from '../../market/tick.ts'
import { type Item, putAll } from '../shared/dynamodb.ts'
import type { Fence, Placed } from './fence.ts'

/** Ticks in one pack: a read replays at most as many. */
export const MAX_PACK_TICKS = 3_000
/** An item has 400 KB at most (DynamoDB quotas); half of it leaves room and keeps a read small. */
export const MAX_PACK_BYTES = 200 * 1024

/** First wait after the table could not be reached (ms); doubled each time. */
const FIRST_WAIT_MS = 100
const LONGEST_WAIT_MS = 5_000
/** What DynamoDB calls an error that is the items' own. */
const ITEM_FAULT = 'ValidationException'

const DAY_SECONDS = 86_400

/** One record of the stream: its place in it and its bytes. */
export interface StreamRecord {
  readonly sequenceNumber: string
  readonly bytes: Uint8Array
}

export interface TicksTable {
  readonly client: DynamoDBClient
  readonly table: string
  readonly keepDays: number
}

export interface StoreResult {
  readonly ticks: number
  readonly packs: number
  /** From this record on nothing is acknowledged: the stream will bring it again. */
  readonly failedFrom?: string
  /** Why, where an envelope could not be read. */
  readonly badEnvelope?: EnvelopeError
}

interface BadRecord {
  readonly index: number
  readonly error: EnvelopeError
}

/** Ticks of one issue and trading date, with the index of the first record that had one. */
interface Group {
  readonly firstRecord: number
  readonly ticks: Tick[]
}

/**
 * Stores the ticks of `records` in their order, up to the first envelope that cannot be read or the first that the
 * table did not take by `deadline` (epoch ms); not those that `fence` keeps out. Storing the same again, in whatever batches, changes nothing that a
 * reader sees.
 */
export async function storeBatch(
  records: readonly StreamRecord[],
  table: TicksTable,
  deadline: number,
  fence: Fence,
): Promise<StoreResult> {
  const { groups, bad } = groupTicks(records, fence)
  const recordOf = new Map<Item, number>()
  const expires = String(Math.floor(Date.now() / 1000) + table.keepDays * DAY_SECONDS)
  let ticks = 0
  for (const group of groups) {
    const ordered = inOrder(group.ticks)
    ticks += ordered.length
    for (const item of packItems(ordered, expires)) recordOf.set(item, group.firstRecord)
  }
  const left = await putUntil(table, [...recordOf.keys()], deadline)
  const firstFailed = left.reduce(
    (first, item) => Math.min(first, recordOf.get(item) ?? 0),
    bad?.index ?? Infinity,
  )
  const failedFrom = records[firstFailed]?.sequenceNumber
  return {
    ticks,
    packs: recordOf.size - left.length,
    ...(failedFrom === undefined ? {} : { failedFrom }),
    ...(bad === undefined ? {} : { badEnvelope: bad.error }),
  }
}

/**
 * Puts the items, all of them again after an error that may pass: retries of the stream are few and soon used up.
 * @returns the items that were not taken by `deadline`.
 * @throws what the table answered last, where waiting cannot help or has not helped.
 */
async function putUntil(
  { client, table }: TicksTable,
  items: readonly Item[],
  deadline: number,
): Promise<Item[]> {
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
    try {
      return await putAll(client, table, items, deadline)
    } catch (error) {
      if (error instanceof Error && error.name === ITEM_FAULT) throw error
      if (Date.now() + wait >= deadline) throw error
    }
    await sleep(wait)
  }
}

function groupTicks(
  records: readonly StreamRecord[],
  fence: Fence,
): { groups: Iterable<Group>; bad?: BadRecord } {
  const { read, bad } = readEnvelopes(records)
  fence.learn(read)
  const groups = new Map<string, Group>()
  for (const [index, placed] of read.entries()) {
    const { envelope } = placed
    // A key frame says again what was said before.
    if (envelope.kind !== 'ticks' || fence.isLate(placed)) continue
    for (const tick of envelope.ticks) {
      const key = packKey(tick.board.issue, tick.tradingDate)
      const group = groups.get(key)
      if (group === undefined) groups.set(key, { firstRecord: index, ticks: [tick] })
      else group.ticks.push(tick)
    }
  }
  return { groups: groups.values(), ...(bad === undefined ? {} : { bad }) }
}

/** The envelopes of `records` up to the first that cannot be read. */
function readEnvelopes(records: readonly StreamRecord[]): { read: readonly Placed[]; bad?: BadRecord } {
  const read: Placed[] = []
  for (const [index, { sequenceNumber, bytes }] of records.entries()) {
    try {
      read.push({ sequenceNumber, envelope: decodeEnvelope(bytes) })
    } catch (error) {
      if (!(error instanceof EnvelopeError)) throw error
      return { read, bad: { index, error } }
    }
  }
  return { read }
}

/**
 * By rising sequence, each once. Of doubles the one with a trade stays, else one that knows of no loss: a snapshot
 * repeats a tick without its trade, and a process that begins with one cannot know what another had told before.
 */
function inOrder(ticks: readonly Tick[]): Tick[] {
  const ordered: Tick[] = []
  for (const tick of ticks.toSorted((a, b) => a.sequence - b.sequence)) {
    const last = ordered.at(-1)
    if (last?.sequence !== tick.sequence) ordered.push(tick)
    else if (last.trade === undefined && (tick.trade !== undefined || last.lost))
      ordered[ordered.length - 1] = tick
  }
  return ordered
}

function packItems(ticks: readonly Tick[], expires: string): Item[] {
  if (ticks.length > MAX_PACK_TICKS) return halves(ticks, expires)
  const first = ticks[0]
  const last = ticks.at(-1)
  if (first === undefined || last === undefined) return []
  const pack = encodePack(ticks)
  if (pack.length > MAX_PACK_BYTES && ticks.length > 1) return halves(ticks, expires)
  return [
    {
      key: { S: packKey(first.board.issue, first.tradingDate) },
      time: { S: packTime(first.time, first.sequence) },
      last: { S: packTime(last.time, last.sequence) },
      pack: { B: pack },
      expires: { N: expires },
    },
  ]
}

function halves(ticks: readonly Tick[], expires: string): Item[] {
  const middle = Math.ceil(ticks.length / 2)
  return [...packItems(ticks.slice(0, middle), expires), ...packItems(ticks.slice(middle), expires)]
}
