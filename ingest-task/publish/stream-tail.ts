/** Reads the latest envelopes of one line from the stream. */
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type _Record,
  GetRecordsCommand,
  type GetRecordsCommandOutput,
  GetShardIteratorCommand,
  type KinesisClient,
  ListShardsCommand,
  type Shard,
} from '@aws-sdk/client-kinesis'
import { decodeHeader, EnvelopeError } from '../../market/codec/envelope.ts'
import { UnknownVersionError } from '../../market/codec/sealed-bytes.ts'
import { laneHashKey } from '../../market/lane.ts'
import { asEpochMillis, type EpochMillis } from '../../market/units.ts'
import { backoff } from '../retry-backoff.ts'
import type { Found } from './lane-tail.ts'
import { listTimedShards } from './stream-clock.ts'

/** Most bytes of the line that are kept: its three busiest minutes, with some 10,000 ticks of 35 bytes a second. */
const MAX_BYTES = 64 * 1024 * 1024
/** Longest wait before a failed request is sent again, ms. */
const RETRY_CAP = 1000
/**
 * Approximate bytes of one read, so that a read neither takes the shard from the other readers for seconds (a shard returns
 * 2 MB a second) nor returns much more than its span.
 */
const READ_BYTES = 800_000
/** Records of the first read, whose size is not known: envelopes have 2 KB to 100 KB. */
const FIRST_READ_RECORDS = 50
/** Most records of a read. More small records than this are seldom in a span. */
const MOST_READ_RECORDS = 500
/** The times of Kinesis, and those that this process compares with them, may differ by so much, ms. */
export const CLOCK_TOLERANCE = 1000

export interface TailOptions {
  readonly client: KinesisClient
  readonly streamName: string
  readonly line: number
  /** Number of lanes of the line. */
  readonly lanes: number
  /** Aborts the reading. */
  readonly signal: AbortSignal
}

/** A shard, and the place up to which it is still to be read. */
interface UnreadShard {
  readonly id: string
  /** Sequence number of the first record read so far. */
  before: bigint | undefined
}

/**
 * The end of the stream, read backwards in spans, so that no record is read twice: three tasks that start at once and
 * store-ticks share the read limit of a shard.
 */
export class StreamTail {
  readonly #options: TailOptions
  readonly #shards: readonly UnreadShard[]
  /** When the reading started, by the clock of the stream. */
  readonly startedAt: EpochMillis
  readonly #found: Found[] = []
  #bytes = 0
  /** Records of all lines that were read so far, and their bytes. */
  readonly #read = { records: 0, bytes: 0 }

  private constructor(options: TailOptions, startedAt: EpochMillis, shards: readonly UnreadShard[]) {
    this.#options = options
    this.startedAt = startedAt
    this.#shards = shards
  }

  /** Finds the shards that hold the lanes of the line, or held them before a resharding. */
  static async open(options: TailOptions): Promise<StreamTail> {
    const { client, streamName, line, lanes, signal } = options
    const keys = Array.from({ length: lanes }, (_, lane) => BigInt(laneHashKey(line, lane, lanes)))
    const { shards, at } = await listShards(client, streamName, signal)
    const ours = shards.filter(shard => keys.some(key => holds(shard, key)))
    return new StreamTail(
      options,
      at,
      ours.map(({ ShardId }) => ({ id: ShardId!, before: undefined })),
    )
  }

  /** Envelopes of the line that were read so far. */
  get found(): readonly Found[] {
    return this.#found
  }

  /** Whether no record of any line was read so far. */
  get isEmpty(): boolean {
    return this.#shards.every(({ before }) => before === undefined)
  }

  /** Returns a time up to which the shards have no record since `since`; undefined if they have no record at all. */
  async firstArrivalSince(since: EpochMillis): Promise<EpochMillis | undefined> {
    const arrivals = await Promise.all(
      this.#shards.map(async ({ id }) => {
        const { Records, MillisBehindLatest } = await this.#readOnce(await this.#iteratorAt(id, since), 1)
        const arrivedAt = Records?.[0]?.ApproximateArrivalTimestamp?.getTime()
        // An answer may be empty although records follow.
        return arrivedAt ?? (MillisBehindLatest === 0 ? [] : since)
      }),
    )
    const times = arrivals.flat()
    return times.length === 0 ? undefined : asEpochMillis(Math.min(...times))
  }

  /**
   * Reads the records from `since` on that are not read yet. Ignores records that are no envelope of a known version.
   * @throws the latest error of Kinesis, once the signal is aborted; RangeError when there are too many bytes.
   */
  async readBackTo(since: EpochMillis): Promise<void> {
    await Promise.all(this.#shards.map(shard => this.#readShard(shard, since)))
  }

  async #readShard(shard: UnreadShard, since: EpochMillis): Promise<void> {
    const { before } = shard
    for (
      let iterator: string | undefined = await this.#iteratorAt(shard.id, since);
      iterator !== undefined;
    ) {
      const answer: GetRecordsCommandOutput = await this.#readOnce(iterator, this.#readLimit())
      const records = answer.Records ?? []
      this.#read.records += records.length
      this.#read.bytes += records.reduce((sum, { Data }) => sum + Data!.length, 0)
      for (const record of records) {
        const sequence = BigInt(record.SequenceNumber!)
        if (before === undefined ? this.#isLate(record) : sequence >= before) return
        if (shard.before === before) shard.before = sequence
        this.#take(record.Data!)
      }
      // An empty answer alone does not mean the end of an open shard: records may follow.
      if (answer.MillisBehindLatest === 0 && records.length === 0) return
      iterator = answer.NextShardIterator
    }
  }

  /** Whether a record came after this process started. Its predecessor has ended before. */
  #isLate({ ApproximateArrivalTimestamp: arrivedAt }: _Record): boolean {
    return arrivedAt !== undefined && arrivedAt.getTime() > this.startedAt + CLOCK_TOLERANCE
  }

  #take(bytes: Uint8Array): void {
    const { line } = this.#options
    try {
      const { kind, header } = decodeHeader(bytes)
      if (header.line !== line) return
      this.#found.push({ kind, header, bytes })
      this.#bytes += bytes.length
      if (this.#bytes > MAX_BYTES)
        throw new RangeError(`expected at most ${MAX_BYTES} bytes of line ${line}, got more`)
    } catch (error) {
      if (!(error instanceof EnvelopeError || error instanceof UnknownVersionError)) throw error
    }
  }

  async #iteratorAt(shard: string, since: EpochMillis): Promise<string> {
    const { client, streamName, signal } = this.#options
    const command = new GetShardIteratorCommand({
      StreamName: streamName,
      ShardId: shard,
      ShardIteratorType: 'AT_TIMESTAMP',
      Timestamp: new Date(since),
    })
    const { ShardIterator } = await retry(signal, () => client.send(command, { abortSignal: signal }))
    return ShardIterator!
  }

  /** Returns how many records of the mean size so far are {@link READ_BYTES}. */
  #readLimit(): number {
    const { records, bytes } = this.#read
    if (records === 0) return FIRST_READ_RECORDS
    return Math.min(MOST_READ_RECORDS, Math.max(1, Math.floor((READ_BYTES * records) / bytes)))
  }

  #readOnce(iterator: string, limit: number): Promise<GetRecordsCommandOutput> {
    const { client, signal } = this.#options
    const command = new GetRecordsCommand({ ShardIterator: iterator, Limit: limit })
    return retry(signal, () => client.send(command, { abortSignal: signal }))
  }
}

/** Returns all shards of the stream, closed shards with records included, and the time of the first answer. */
async function listShards(
  client: KinesisClient,
  streamName: string,
  signal: AbortSignal,
): Promise<{ shards: readonly Shard[]; at: EpochMillis }> {
  const first = await retry(signal, () => listTimedShards(client, streamName, signal))
  const shards = [...(first.Shards ?? [])]
  for (let token = first.NextToken; token !== undefined; ) {
    const command = new ListShardsCommand({ NextToken: token })
    const answer = await retry(signal, () => client.send(command, { abortSignal: signal }))
    shards.push(...(answer.Shards ?? []))
    token = answer.NextToken
  }
  return { shards, at: first.at }
}

function holds({ HashKeyRange }: Shard, key: bigint): boolean {
  const { StartingHashKey = '0', EndingHashKey = '0' } = HashKeyRange ?? {}
  return key >= BigInt(StartingHashKey) && key <= BigInt(EndingHashKey)
}

/** Sends a failed request again until the signal is aborted. The client itself does not retry. */
async function retry<T>(signal: AbortSignal, send: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await send()
    } catch (error) {
      if (signal.aborted || isPermanent(error)) throw error
      await sleep(backoff(attempt, RETRY_CAP), undefined, { signal })
    }
  }
}

/** Whether a retry cannot help: no permission, no such stream, an invalid request. Throttling has status 400 too. */
function isPermanent(error: unknown): boolean {
  return (
    error instanceof Error &&
    '$fault' in error &&
    error.$fault === 'client' &&
    !/Throughput|LimitExceeded|Throttling/.test(error.name)
  )
}
