/** The envelopes of one line that were published lately. */
import { setTimeout as sleep } from 'node:timers/promises'
import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  ListShardsCommand,
  type Shard,
} from '@aws-sdk/client-kinesis'
import { decodeHeader, EnvelopeError } from '../../market/codec/envelope.ts'
import { laneHashKey } from '../../market/lane.ts'
import type { EpochMillis } from '../../market/units.ts'
import type { Found } from './lane-tail.ts'

/** Bytes of the line kept at most: three minutes of its busiest ones, some 10,000 ticks a second of 35 bytes. */
const MAX_BYTES = 64 * 1024 * 1024
/** Before a request that failed is sent again (ms): a shard answers five GetRecords a second, its readers together. */
const RETRY_WAIT = 250

export interface TailOptions {
  readonly client: KinesisClient
  readonly streamName: string
  readonly line: number
  /** Lanes of the line. */
  readonly lanes: number
  /** Epoch ms. */
  readonly since: EpochMillis
  /** Aborts everything. */
  readonly signal: AbortSignal
}

/**
 * Reads from `since` to the end the shards that lanes of the line are in, or were before a resharding. Records that
 * are no envelopes of this version are passed over.
 * @throws what Kinesis answered last, once the signal is aborted; RangeError when there is too much.
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
      if (!(error instanceof EnvelopeError)) throw error
    }
  }

  const readShard = async (shard: string): Promise<void> => {
    const { ShardIterator } = await persist(signal, () =>
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
      const answer = await persist(signal, () =>
        client.send(new GetRecordsCommand({ ShardIterator }), { abortSignal: signal }),
      )
      for (const { Data } of answer.Records ?? []) if (Data !== undefined) take(Data)
      // An answer may be empty although more follows; at the end of a shard that is open nothing is behind.
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

/** All shards of the stream, those that are closed but still kept among them. */
async function listShards(client: KinesisClient, streamName: string, signal: AbortSignal): Promise<Shard[]> {
  const shards: Shard[] = []
  let token: string | undefined
  do {
    const input = token === undefined ? { StreamName: streamName } : { NextToken: token }
    const answer = await persist(signal, () =>
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

/** Sends again what failed, until the signal is aborted: the client itself does not. */
async function persist<T>(signal: AbortSignal, send: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await send()
    } catch (error) {
      if (signal.aborted || isOurFault(error)) throw error
      await sleep(RETRY_WAIT, undefined, { signal })
    }
  }
}

/** Not allowed, no such stream, a request that is wrong: waiting does not help. Throttling has a status of 400 too. */
function isOurFault(error: unknown): boolean {
  return (
    error instanceof Error &&
    '$fault' in error &&
    error.$fault === 'client' &&
    !/Throughput|LimitExceeded|Throttling/.test(error.name)
  )
}
