/** A running event source mapping: one reader a shard, and children of a shard only after their parents. */
import type { CloudClock } from '../cloud-clock.ts'
import type { FunctionTarget } from '../functions/function.ts'
import { type DataStream, positionSince, watch } from '../kinesis/data-stream.ts'
import { nextPosition } from '../kinesis/record-log.ts'
import type { StreamShard } from '../kinesis/stream-shard.ts'
import type { ObjectStore } from '../stores/object-store.ts'
import type { MappingDefinition } from './mapping-definition.ts'
import { type ShardReader, startShardReader } from './shard-reader.ts'

export interface Mapping {
  close(): Promise<void>
}

export interface MappingOptions {
  readonly mapping: MappingDefinition
  readonly target: FunctionTarget
  /** ARN of the function's role, which reads the stream. */
  readonly roleArn: string
  readonly stream: DataStream
  readonly objects: ObjectStore
  readonly clock: CloudClock
  readonly log: (text: string) => void
}

/** Starts reading from the mapping's starting position. */
export function startMapping(options: MappingOptions): Mapping {
  const { mapping, stream, log } = options
  const closing = new AbortController()
  const readers = new Map<StreamShard, ShardReader>()
  const finished = new Set<string>()

  const read = (shard: StreamShard, position: number): void => {
    const reader = startReader(options, shard, position, closing.signal)
    readers.set(shard, reader)
    reader.done.then(
      () => {
        readers.delete(shard)
        finished.add(shard.id)
        readChildren()
      },
      error => {
        if (closing.signal.aborted) return
        log(`${mapping.logicalId}: reading ${shard.id} ended: ${String(error)}`)
      },
    )
  }
  /** Starts every shard whose parents are all processed. */
  const readChildren = (): void => {
    if (closing.signal.aborted) return
    for (const shard of stream.shards) {
      const isWaiting = !readers.has(shard) && !finished.has(shard.id)
      if (isWaiting && shard.parents.every(parent => finished.has(parent))) read(shard, shard.start)
    }
  }

  const start = startOf(mapping, stream)
  if (start !== undefined) {
    for (const shard of stream.shards) {
      // A shard that was closed before the start has no record for this mapping.
      if (shard.end !== undefined && shard.end <= start) finished.add(shard.id)
      else if (shard.start <= start) read(shard, start)
    }
  }
  readChildren()
  const unwatch = watch(stream, {
    onPut(shard) {
      if (mapping.fanOut) readers.get(shard)?.wake()
    },
    onShards() {
      readChildren()
      for (const reader of readers.values()) reader.wake()
    },
  })
  return {
    async close() {
      unwatch()
      closing.abort()
      await Promise.allSettled([...readers.values()].map(reader => reader.done))
    },
  }
}

/** Returns the position in the stream at which reading starts (it counts over all shards); `undefined`: the beginning. */
function startOf({ start, startTimestamp = 0 }: MappingDefinition, stream: DataStream): number | undefined {
  if (start === 'TRIM_HORIZON') return undefined
  return start === 'LATEST' ? nextPosition(stream.log) : positionSince(stream, startTimestamp * 1000)
}

function startReader(
  { mapping, target, roleArn, stream, objects, clock, log }: MappingOptions,
  shard: StreamShard,
  position: number,
  signal: AbortSignal,
): ShardReader {
  const putFailure = async (key: string, body: string): Promise<void> => {
    if (mapping.failureBucket !== undefined) await objects.put(mapping.failureBucket, key, body)
  }
  const delivery = { mapping, target, roleArn, shardId: shard.id, putFailure, signal, log }
  return startShardReader({ stream, shard, position, clock, delivery })
}
