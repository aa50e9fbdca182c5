/** A stream in memory: its shards, old and new, and one log of their records. */
import { type ReadBudget, UNLIMITED_READS } from './read-budget.ts'
import {
  append,
  appendMark,
  createRecordLog,
  type LoggedRecord,
  nextPosition,
  type RecordLog,
} from './record-log.ts'
import { formatSequenceNumber } from './sequence-number.ts'
import { evenRanges, holds, type KeyRange, type StreamShard, shardIdOf } from './stream-shard.ts'
import { UNLIMITED_WRITES, type WriteBudget } from './write-budget.ts'

export interface DataStream {
  readonly name: string
  /** Epoch ms. */
  readonly createdAt: number
  /** All shards since the creation, in the order of their numbers. */
  readonly shards: StreamShard[]
  readonly log: RecordLog
  readonly watchers: Set<StreamWatcher>
  readonly createBudgets: () => ShardBudgets
  isUpdating: boolean
  /** Market times (µs) of the calls of UpdateShardCount in the last 24 hours. */
  reshardCalls: readonly number[]
}

export interface ShardBudgets {
  readonly write: WriteBudget
  readonly read: ReadBudget
}

export interface StreamWatcher {
  /** Called after every record. */
  onPut(shard: StreamShard): void
  /** Called when shards were closed and others opened. */
  onShards(): void
}

/** A record as consumers see it. */
export interface StreamRecord extends Pick<LoggedRecord, 'partitionKey' | 'data' | 'arrivedAt'> {
  readonly sequenceNumber: string
}

export interface PutResult {
  readonly shard: StreamShard
  /** `undefined` when the shard is at its write limit and has refused the record. */
  readonly place: { readonly position: number; readonly sequenceNumber: string } | undefined
}

export interface ReadResult {
  readonly records: readonly StreamRecord[]
  /** Position to read on from; `undefined` at the end of a closed shard. */
  readonly next: number | undefined
  /** Milliseconds between the last returned record and now, when more records follow; 0 otherwise. */
  readonly millisecondsBehind: number
}

/** Records and bytes of one read (GetRecords: 10,000 and 10 MiB). */
export const READ_RECORDS = 10_000
const READ_BYTES = 10 * 1024 * 1024

const UNLIMITED: ShardBudgets = { write: UNLIMITED_WRITES, read: UNLIMITED_READS }

/** Creates a stream whose shards divide the hash keys evenly. Without `createBudgets` no limit of a shard holds. */
export function createDataStream(
  name: string,
  shardCount: number,
  createBudgets = (): ShardBudgets => UNLIMITED,
): DataStream {
  const stream: DataStream = {
    name,
    createdAt: Date.now(),
    shards: [],
    log: createRecordLog(),
    watchers: new Set(),
    createBudgets,
    isUpdating: false,
    reshardCalls: [],
  }
  for (const range of evenRanges(shardCount)) openShard(stream, range, [], 0)
  return stream
}

/** Returns the open shards in the order of their hash keys. */
export function openShards({ shards }: DataStream): StreamShard[] {
  return shards.filter(({ end }) => end === undefined).sort((a, b) => (a.firstKey < b.firstKey ? -1 : 1))
}

/**
 * Closes `parents` and opens a shard for each of `ranges`, which together cover the same hash keys. Without ranges no
 * record can follow, and the readers of the closed shards end.
 */
export function replaceShards(
  stream: DataStream,
  parents: readonly StreamShard[],
  ranges: readonly KeyRange[],
): void {
  const border = appendMark(stream.log)
  for (const parent of parents) {
    parent.end = border
    parent.closedAt = Date.now()
  }
  for (const range of ranges) {
    openShard(
      stream,
      range,
      parents.map(({ id }) => id),
      border,
    )
  }
  for (const { onShards } of [...stream.watchers]) onShards()
}

function openShard(
  stream: DataStream,
  { firstKey, lastKey }: KeyRange,
  parents: readonly string[],
  start: number,
): void {
  const number = stream.shards.length
  const { write, read } = stream.createBudgets()
  stream.shards.push({
    number,
    id: shardIdOf(number),
    parents,
    firstKey,
    lastKey,
    start,
    startedAt: Date.now(),
    end: undefined,
    closedAt: undefined,
    writeBudget: write,
    readBudget: read,
  })
}

/** Stores a record. */
export function putRecord(
  stream: DataStream,
  hashKey: bigint,
  partitionKey: string,
  data: Buffer,
): PutResult {
  const shard = stream.shards.find(candidate => candidate.end === undefined && holds(candidate, hashKey))!
  if (!shard.writeBudget.take(data.length + Buffer.byteLength(partitionKey)))
    return { shard, place: undefined }
  const arrivedAt = Date.now()
  const position = append(stream.log, { shard: shard.number, partitionKey, data, arrivedAt })
  for (const { onPut } of stream.watchers) onPut(shard)
  return { shard, place: { position, sequenceNumber: recordNumber(stream, shard, position, arrivedAt) } }
}

export type FilledRecord = Pick<LoggedRecord, 'partitionKey' | 'data' | 'arrivedAt'>

/** Puts records that arrived before now, oldest first, into the first shard of a stream without records. */
export function fillStream({ log, shards }: DataStream, records: readonly FilledRecord[]): void {
  for (const record of records) append(log, { shard: shards[0]!.number, ...record })
}

/** Reads the records of a shard from a position on. */
export function readShard(
  stream: DataStream,
  shard: StreamShard,
  position: number,
  limit = READ_RECORDS,
): ReadResult {
  const { records: logged, firstPosition } = stream.log
  const end = shard.end ?? nextPosition(stream.log)
  const records: StreamRecord[] = []
  let bytes = 0
  let at = Math.max(position, firstPosition)
  for (; at < end && records.length < limit; at++) {
    const { shard: number, partitionKey, data, arrivedAt } = logged[at - firstPosition]!
    if (number !== shard.number) continue
    if (records.length > 0 && bytes + data.length > READ_BYTES) break
    bytes += data.length
    records.push({
      sequenceNumber: recordNumber(stream, shard, at, arrivedAt),
      partitionKey,
      data,
      arrivedAt,
    })
  }
  const isAtEnd = at >= end
  return {
    records,
    next: isAtEnd && shard.end !== undefined ? undefined : at,
    millisecondsBehind: isAtEnd ? 0 : Date.now() - records.at(-1)!.arrivedAt,
  }
}

/**
 * Reads the records of a shard as {@link readShard} does, within the read limit that all readers without enhanced fan-out
 * share.
 * @returns undefined when the shard is at its read limit.
 */
export function readShared(
  stream: DataStream,
  shard: StreamShard,
  position: number,
  limit?: number,
): ReadResult | undefined {
  if (!shard.readBudget.start()) return undefined
  const result = readShard(stream, shard, position, limit)
  shard.readBudget.charge(result.records.reduce((sum, { data }) => sum + data.length, 0))
  return result
}

/** Returns the position of the first record of the whole stream that arrived at `time` (epoch ms) or later. */
export function positionSince({ log }: DataStream, time: number): number {
  const index = log.records.findIndex(({ arrivedAt }) => arrivedAt >= time)
  return index === -1 ? nextPosition(log) : log.firstPosition + index
}

/** Calls `watcher` from now on. Returns a function that ends the calls. */
export function watch(stream: DataStream, watcher: StreamWatcher): () => void {
  stream.watchers.add(watcher)
  return () => void stream.watchers.delete(watcher)
}

/** Returns epoch seconds, as sequence numbers contain them. */
export function createdSeconds({ createdAt }: DataStream): number {
  return Math.trunc(createdAt / 1000)
}

function recordNumber(stream: DataStream, { number }: StreamShard, position: number, at: number): string {
  const parts = { created: createdSeconds(stream), position, shard: number }
  return formatSequenceNumber(parts, at)
}
