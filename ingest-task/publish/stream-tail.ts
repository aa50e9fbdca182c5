/** Reads the latest envelopes of one line from the stream. */
import { setTimeout as sleep } from 'node:timers/promises'
import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  ListShardsCommand,
  type Shard,
} from '@aws-sdk/client-kinesis'
import { decodeHeader, EnvelopeError } from '../../market/codec/envelope.ts'
import { UnknownVersionError } from '../../market/codec/sealed-bytes.ts'
import { laneHashKey } from '../../market/lane.ts'
import type { EpochMillis } from '../../market/units.ts'
import type { Found } from './lane-tail.ts'

/** Most bytes of the line that are kept: its three busiest minutes, with some 10,000 ticks of 35 bytes a second. */
const MAX_BYTES = 64 * 1024 * 1024
/** Wait before a failed request is sent again, ms. A shard answers five GetRecords a second in all. */
const RETRY_WAIT = 250

export interface TailOptions {
  readonly client: KinesisClient
  readonly streamName: string
  readonly line: number
  /** Number of lanes of the line. */
  readonly lanes: number
  /** Records from this time on are read. */
  readonly since: EpochMillis
  /** Aborts the reading. */
  readonly signal: AbortSignal
}

/**
 * Returns the envelopes of a line from `since` on. Reads the shards that hold its lanes, or held them before a
 * resharding. Ignores records that are no envelope of this version.
 * @throws the latest error of Kinesis, once the signal is aborted; RangeError when there are too many bytes.
 */
export async function readTail(options: TailOptions): Promise<Found[]> {
  const { client, streamName, line, lanes, signal } = options
  const found: Found[] = []
  let kept = 0

  const take = (bytes: Uint8Array): void => {
    try {
      const { kind, header } = decodeHeader(bytes)
      if (header.line !== line) return
      found.push({ kind, header, bytes })
      kept += bytes.length
      if (kept > MAX_BYTES)
        throw new RangeError(`expected at most ${MAX_BYTES} bytes of line ${line}, got more`)
    } catch (error) {
      if (!(error instanceof EnvelopeError || error instanceof UnknownVersionError)) throw error
    }
  }

  const readShard = async (shard: string): Promise<void> => {
    const { ShardIterator } = await retry(signal, () =>
      client.send(
        new GetShardIteratorCommand({
          StreamName: streamName,
          ShardId: shard,
          ShardIteratorType: 'AT_TIMESTAMP',
          Timestamp: new Date(options.since),
        }),
        { abortSignal: signal },
      ),
    )
    for (let iterator = ShardIterator; iterator !== undefined; ) {
      const ShardIterator = iterator
      const answer = await retry(signal, () =>
        client.send(new GetRecordsCommand({ ShardIterator }), { abortSignal: signal }),
      )
      for (const { Data } of answer.Records ?? []) if (Data !== undefined) take(Data)
      // An empty answer alone does not mean the end of an open shard: records may follow.
      if (answer.MillisBehindLatest === 0 && answer.Records?.length === 0) return
      iterator = answer.NextShardIterator
    }
  }

  const keys = Array.from({ length: lanes }, (_, lane) => BigInt(laneHashKey(line, lane, lanes)))
  const shards = await listShards(client, streamName, signal)
  const ours = shards.filter(shard => keys.some(key => holds(shard, key)))
  await Promise.all(ours.map(({ ShardId }) => readShard(ShardId!)))
  return found
}

/** Returns all shards of the stream, closed shards with records included. */
async function listShards(client: KinesisClient, streamName: string, signal: AbortSignal): Promise<Shard[]> {
  const shards: Shard[] = []
  let token: string | undefined
  do {
    const input = token === undefined ? { StreamName: streamName } : { NextToken: token }
    const answer = await retry(signal, () =>
      client.send(new ListShardsCommand(input), { abortSignal: signal }),
    )
    shards.push(...(answer.Shards ?? []))
    token = answer.NextToken
  } while (token !== undefined)
  return shards
}

function holds({ HashKeyRange }: Shard, key: bigint): boolean {
  const { StartingHashKey = '0', EndingHashKey = '0' } = HashKeyRange ?? {}
  return key >= BigInt(StartingHashKey) && key <= BigInt(EndingHashKey)
}

/** Sends a failed request again until the signal is aborted. The client itself does not retry. */
async function retry<T>(signal: AbortSignal, send: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await send()
    } catch (error) {
      if (signal.aborted || isPermanent(error)) throw error
      await sleep(RETRY_WAIT, undefined, { signal })
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
