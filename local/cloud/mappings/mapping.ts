/** An event source mapping at work: one reader a shard, children only after their parents. */
import type { Clock } from '../../../market/clock.ts'
import type { LocalFunction } from '../functions/function.ts'
import type { KinesisShard, KinesisStore } from '../stores/kinesis.ts'
import type { ObjectStore } from '../stores/objects.ts'
import type { MappingDefinition } from './definition.ts'
import { readShard, type ShardReader } from './shard.ts'

export interface Mapping {
  close(): Promise<void>
}

export interface MappingOptions {
  readonly mapping: MappingDefinition
  readonly target: LocalFunction
  /** The function's role, which reads the stream. */
  readonly roleArn: string
  readonly kinesis: KinesisStore
  readonly objects: ObjectStore
  readonly clock: Clock
  readonly log: (text: string) => void
}

/** Starts reading; resolves when the position to start from is fixed. */
export async function startMapping(options: MappingOptions): Promise<Mapping> {
  const { mapping, target, roleArn, kinesis, objects, clock, log } = options
  const { streamName, start, startTimestamp, failureBucket, fanOut } = mapping
  const closing = new AbortController()
  const readers = new Map<string, ShardReader>()
  const finished = new Set<string>()
  let shards: readonly KinesisShard[] = []

  const isClosed = (shardId: string): boolean =>
    shards.find(shard => shard.ShardId === shardId)?.SequenceNumberRange.EndingSequenceNumber !== undefined

  const read = (shardId: string, iterator: Promise<string>): void => {
    const reader = readShard({
      kinesis,
      clock,
      iterator,
      isClosed: () => isClosed(shardId),
      delivery: {
        mapping,
        target,
        roleArn,
        shardId,
        signal: closing.signal,
        log,
        putFailure: async (key, body) => {
          if (failureBucket !== undefined) await objects.put(failureBucket, key, body)
        },
      },
    })
    readers.set(shardId, reader)
    reader.done.then(
      () => {
        readers.delete(shardId)
        finished.add(shardId)
        readReady()
      },
      error => {
        if (!closing.signal.aborted) log(`${mapping.logicalId}: reading ${shardId} ended: ${String(error)}`)
      },
    )
  }

  /** Starts the shards whose parents are all processed. */
  const readReady = (): void => {
    if (closing.signal.aborted) return
    for (const { ShardId, ParentShardId, AdjacentParentShardId } of shards) {
      if (readers.has(ShardId) || finished.has(ShardId)) continue
      const parents = [ParentShardId, AdjacentParentShardId].filter(parent => parent !== undefined)
      if (parents.every(parent => finished.has(parent))) {
        read(ShardId, kinesis.iterator(streamName, ShardId, 'TRIM_HORIZON'))
      }
    }
  }

  const refresh = async (): Promise<void> => {
    shards = await kinesis.shards(streamName)
    readReady()
    for (const reader of readers.values()) reader.wake()
  }

  shards = await kinesis.shards(streamName)
  const iterators = new Map<string, string>()
  for (const { ShardId } of shards) {
    // From the start on, a shard that was closed before has nothing that this mapping would read.
    if (start !== 'TRIM_HORIZON' && isClosed(ShardId)) finished.add(ShardId)
    else if (start !== 'TRIM_HORIZON') {
      iterators.set(ShardId, await kinesis.iterator(streamName, ShardId, start, startTimestamp))
    }
  }
  const unwatch = kinesis.watch(
    streamName,
    shardId => {
      if (fanOut) readers.get(shardId)?.wake()
    },
    () => void refresh().catch(error => log(`${mapping.logicalId}: listing shards: ${String(error)}`)),
  )
  for (const [shardId, iterator] of iterators) read(shardId, Promise.resolve(iterator))
  readReady()

  return {
    async close() {
      unwatch()
      closing.abort()
      await Promise.allSettled([...readers.values()].map(reader => reader.done))
    },
  }
}
