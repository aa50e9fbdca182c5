/**
 * Reads the records of a shard around a batch. A new environment of broadcast takes those before the batch in front of its
 * first round, so that its connections get what the previous environment did not send. Those after the batch came while the
 * environment started. They go with its first posts, so that no connection waits another pace for them.
 *
 * The reads share the limit of the shard (2 MB and five reads a second) with store-ticks. After a read of 10 MB the shard
 * refuses reads for up to five seconds (GetRecords). store-ticks gathers a minute, so that delay does not matter.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type _Record,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
} from '@aws-sdk/client-kinesis'
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

/** The end of a shard, without the records of the batch. Both parts are in order and have no gap. */
export interface StreamTail {
  /** Up to the batch, or only the first of them: then the counters of the lanes show a gap, and boards after it are whole. */
  readonly before: readonly TailRecord[]
  /** The records that the shard has returned together with the batch. The stream delivers them again. */
  readonly after: readonly TailRecord[]
}

export interface TailOptions {
  /** Sends each request once. */
  readonly client: KinesisClient
  readonly stream: string
  /** At least one record, in order. */
  readonly batch: readonly KinesisStreamRecord[]
  /** Reports records that could not be read in time. */
  warn(message: string, error: unknown): void
}

/**
 * Returns the records around a batch. Returns fewer records, or none, if the shard does not return them within
 * {@link READ_LIMIT_MS}. Records before a resharding are in another shard, and are not read.
 */
export async function readTail({ client, stream, batch, warn }: TailOptions): Promise<StreamTail> {
  const { eventID, kinesis } = batch[0]!
  const shard = eventID.slice(0, eventID.indexOf(':'))
  const recentFrom = addMillis(
    asEpochMillis(Math.floor(kinesis.approximateArrivalTimestamp * 1000)),
    -RECENT_MS,
  )
  const lastNumber = BigInt(batch.at(-1)!.kinesis.sequenceNumber)
  const signal = AbortSignal.timeout(READ_LIMIT_MS)
  const readTo = (from: EpochMillis, border: string, before: TailRecord[]): Promise<TailRecord[]> =>
    readSpan({ client, stream, shard, signal }, from, BigInt(border), before)
  const recent: TailRecord[] = []
  let following: readonly TailRecord[] = []
  let earlier: readonly TailRecord[] = []
  try {
    following = await readTo(recentFrom, kinesis.sequenceNumber, recent)
    if (recent.reduce((sum, { data }) => sum + data.length, 0) < EARLIER_BELOW_BYTES) {
      const border = recent[0]?.sequenceNumber ?? kinesis.sequenceNumber
      const before: TailRecord[] = []
      await readTo(addMillis(recentFrom, -EARLIER_MS), border, before)
      earlier = before
    }
  } catch (error) {
    warn(`not all records before the first batch were read within ${READ_LIMIT_MS} ms`, error)
  }
  return {
    before: [...earlier, ...recent],
    after: following.filter(({ sequenceNumber }) => BigInt(sequenceNumber) > lastNumber),
  }
}

interface Source {
  readonly client: KinesisClient
  readonly stream: string
  readonly shard: string
  readonly signal: AbortSignal
}

/**
 * Adds the records from a time on to `before`, up to the record `border`. Returns the records from the border on that came
 * with the same answer.
 * @throws the latest refusal of Kinesis, once the signal is aborted.
 */
async function readSpan(
  source: Source,
  from: EpochMillis,
  border: bigint,
  before: TailRecord[],
): Promise<TailRecord[]> {
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
  for (let iterator = ShardIterator; ; await sleep(READ_WAIT_MS, undefined, { signal })) {
    const command = new GetRecordsCommand({ ShardIterator: iterator })
    const { Records = [], NextShardIterator } = await retry(signal, () =>
      client.send(command, { abortSignal: signal }),
    )
    const records = Records.map(tailRecordOf)
    const reached = records.findIndex(({ sequenceNumber }) => BigInt(sequenceNumber) >= border)
    before.push(...(reached === -1 ? records : records.slice(0, reached)))
    // An answer may have no record, or not all of them, although others follow.
    iterator = NextShardIterator
    if (reached !== -1) return records.slice(reached)
    if (iterator === undefined) return []
  }
}

function tailRecordOf({ SequenceNumber, Data, ApproximateArrivalTimestamp }: _Record): TailRecord {
  const arrivedAt = asEpochMillis(ApproximateArrivalTimestamp!.getTime())
  return { sequenceNumber: SequenceNumber!, data: Data!, arrivedAt }
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
