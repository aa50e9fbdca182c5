/**
 * Reads the records of a shard that came shortly before a batch. A new environment of broadcast takes them before its
 * first round, so that its connections get what the previous environment did not send.
 *
 * The reads share the limit of the shard (2 MB and five reads a second) with store-ticks. After a read of 10 MB the shard
 * refuses reads for up to five seconds (GetRecords). store-ticks gathers a minute, so that delay does not matter.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { GetRecordsCommand, GetShardIteratorCommand, type KinesisClient } from '@aws-sdk/client-kinesis'
import type { KinesisStreamRecord } from 'aws-lambda'
import { addMillis, asEpochMillis, type EpochMillis } from '../../market/units.ts'

/** Time before the batch of which all records are read, ms: the slowest pace is 5 s, and a stretched pace is longer. */
const RECENT_MS = 8_000
/** Time before that, ms: the ten seconds between two key frames of a lane, so that every quiet issue has a board. */
const EARLIER_MS = 10_000
/**
 * The earlier time is read only if the recent records have fewer bytes. After more bytes the shard refuses a second read for
 * seconds, and on such a busy shard the recent records have nearly every issue.
 */
const EARLIER_BELOW_BYTES = 2_000_000
/** Time for all reads, ms. The first round waits for them so long, and then starts without them. */
const READ_LIMIT_MS = 3_000
/** Wait before another read, ms. A shard takes five reads a second. */
const READ_WAIT_MS = 200

/** A record of the stream. */
export interface TailRecord {
  readonly sequenceNumber: string
  readonly data: Uint8Array
  /** ApproximateArrivalTimestamp. */
  readonly arrivedAt: EpochMillis
}

export interface TailOptions {
  /** Sends each request once. */
  readonly client: KinesisClient
  readonly stream: string
  /** The first record of the batch. The tail ends before it. */
  readonly first: KinesisStreamRecord
  /** Reports records that could not be read in time. */
  warn(message: string, error: unknown): void
}

/**
 * Returns the records before a batch, oldest first and without a gap up to the batch. Returns fewer records, or none, if
 * the shard does not return them within {@link READ_LIMIT_MS}. Records before a resharding are in another shard, and are
 * not read.
 */
export async function readTail({ client, stream, first, warn }: TailOptions): Promise<TailRecord[]> {
  const { sequenceNumber, approximateArrivalTimestamp } = first.kinesis
  const shard = first.eventID.slice(0, first.eventID.indexOf(':'))
  const recentFrom = addMillis(asEpochMillis(Math.floor(approximateArrivalTimestamp * 1000)), -RECENT_MS)
  const signal = AbortSignal.timeout(READ_LIMIT_MS)
  const readBetween = (from: EpochMillis, before: string): Promise<TailRecord[]> =>
    readSpan({ client, stream, shard, signal }, from, BigInt(before))
  let recent: TailRecord[] = []
  try {
    recent = await readBetween(recentFrom, sequenceNumber)
    if (recent.reduce((sum, { data }) => sum + data.length, 0) >= EARLIER_BELOW_BYTES) return recent
    const before = recent[0]?.sequenceNumber ?? sequenceNumber
    return [...(await readBetween(addMillis(recentFrom, -EARLIER_MS), before)), ...recent]
  } catch (error) {
    warn(`records before the first batch were not read within ${READ_LIMIT_MS} ms`, error)
    return recent
  }
}

interface Source {
  readonly client: KinesisClient
  readonly stream: string
  readonly shard: string
  readonly signal: AbortSignal
}

/**
 * Returns all records from a time on that are before the record `before`.
 * @throws the latest refusal of Kinesis, once the signal is aborted.
 */
async function readSpan(source: Source, from: EpochMillis, before: bigint): Promise<TailRecord[]> {
  const { client, stream, shard, signal } = source
  const { ShardIterator } = await retry(signal, () =>
    client.send(
      new GetShardIteratorCommand({
        StreamName: stream,
        ShardId: shard,
        ShardIteratorType: 'AT_TIMESTAMP',
        Timestamp: new Date(from),
      }),
      { abortSignal: signal },
    ),
  )
  const span: TailRecord[] = []
  for (let iterator = ShardIterator; ; await sleep(READ_WAIT_MS, undefined, { signal })) {
    const command = new GetRecordsCommand({ ShardIterator: iterator })
    const answer = await retry(signal, () => client.send(command, { abortSignal: signal }))
    for (const { SequenceNumber, Data, ApproximateArrivalTimestamp } of answer.Records ?? []) {
      if (BigInt(SequenceNumber!) >= before) return span
      const arrivedAt = asEpochMillis(ApproximateArrivalTimestamp!.getTime())
      span.push({ sequenceNumber: SequenceNumber!, data: Data!, arrivedAt })
    }
    // An answer may have no record, or not all of them, although others follow.
    iterator = answer.NextShardIterator
    if (iterator === undefined) return span
  }
}

/** Sends a failed request again until the signal is aborted. An aborted request does not tell why it was repeated. */
async function retry<T>(signal: AbortSignal, send: () => Promise<T>): Promise<T> {
  let refusal: unknown
  for (;;) {
    try {
      return await send()
    } catch (error) {
      if (signal.aborted) throw refusal ?? error
      refusal = error
      await sleep(READ_WAIT_MS, undefined, { signal }).catch(() => Promise.reject(refusal))
    }
  }
}
