/** Reads a stream for a mapping: one reader a shard, and children of a shard only after their parents. */
import type { CloudClock } from '../cloud-clock.ts'
import type { FunctionTarget } from '../functions/function.ts'
import { type DataStream, positionSince, watch } from '../kinesis/data-stream.ts'
import { nextPosition } from '../kinesis/record-log.ts'
import type { StreamShard } from '../kinesis/stream-shard.ts'
import type { ObjectStore } from '../stores/object-store.ts'
import type { MappingDefinition } from './mapping-definition.ts'
import { type Checkpoint, type ShardReader, startShardReader } from './shard-reader.ts'

export interface ReadingOptions {
  readonly mapping: MappingDefinition
  readonly target: FunctionTarget
  /** ARN of the function's role, which reads the stream. */
  readonly roleArn: string
  readonly stream: DataStream
  readonly objects: ObjectStore
  readonly clock: CloudClock
  /** Ends the reading at once. */
  readonly signal: AbortSignal
  readonly log: (text: string) => void
}

/** How far a mapping has read its stream. */
export interface ReadingPlaces {
  hasStarted: boolean
  /** Ids of the shards that are processed to their end. */
  readonly finished: Set<string>
  /** By the ids of shards that are not read at the moment. */
  readonly checkpoints: Map<string, Checkpoint>
}

export interface StreamReading {
  /** Ends the reading after the current invocations. Resolves when `places` tells where the next reading goes on. */
  stop(): Promise<void>
}

/** Starts at the mapping's starting position, or at the place where an earlier reading was stopped. */
export function startReading(options: ReadingOptions, places: ReadingPlaces): StreamReading {
  const { mapping, stream, signal, log } = options
  const { finished, checkpoints } = places
  const readers = new Map<StreamShard, ShardReader>()
  let isStopping = false

  const read = (shard: StreamShard, position: number): void => {
    const checkpoint = checkpoints.get(shard.id)
    checkpoints.delete(shard.id)
    const reader = startReader(options, shard, position, checkpoint)
    readers.set(shard, reader)
    reader.done.then(
      left => {
        readers.delete(shard)
        if (left === undefined) finished.add(shard.id)
        else checkpoints.set(shard.id, left)
        readChildren()
      },
      error => {
        if (signal.aborted) return
        log(`${mapping.logicalId}: reading ${shard.id} ended: ${String(error)}`)
      },
    )
  }
  /** Starts every shard whose parents are all processed. */
  const readChildren = (): void => {
    if (isStopping || signal.aborted) return
    for (const shard of stream.shards) {
      const isWaiting = !readers.has(shard) && !finished.has(shard.id)
      if (isWaiting && shard.parents.every(parent => finished.has(parent))) read(shard, shard.start)
    }
  }

  const start = places.hasStarted ? undefined : startOf(mapping, stream)
  places.hasStarted = true
  if (start !== undefined) {
    for (const shard of stream.shards) {
      // A shard that was closed before the start has no record for this mapping.
      if (shard.end !== undefined && shard.end <= start) finished.add(shard.id)
      else if (shard.start <= start) read(shard, start)
    }
  }
  for (const shard of stream.shards) if (checkpoints.has(shard.id)) read(shard, shard.start)
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
    async stop() {
      isStopping = true
      unwatch()
      const current = [...readers.values()]
      for (const reader of current) reader.stop()
      await Promise.allSettled(current.map(reader => reader.done))
    },
  }
}

/** Returns the position in the stream at which reading starts (it counts over all shards); `undefined`: the beginning. */
function startOf({ start, startTimestamp = 0 }: MappingDefinition, stream: DataStream): number | undefined {
  if (start === 'TRIM_HORIZON') return undefined
  return start === 'LATEST' ? nextPosition(stream.log) : positionSince(stream, startTimestamp * 1000)
}

function startReader(
  { mapping, target, roleArn, stream, objects, clock, signal, log }: ReadingOptions,
  shard: StreamShard,
  position: number,
  checkpoint: Checkpoint | undefined,
): ShardReader {
  const putFailure = async (key: string, body: string): Promise<void> => {
    if (mapping.failureBucket !== undefined) await objects.put(mapping.failureBucket, key, body)
  }
  const delivery = { mapping, target, roleArn, shardId: shard.id, putFailure, signal, log }
  return startShardReader({ stream, shard, position, checkpoint, clock, delivery })
}
