/** Reads one shard in order and spreads its records over as many sub-streams as the mapping may run in parallel. */
import type { Clock } from '../../../market/clock.ts'
import { fnv1a } from '../../../market/hash.ts'
import { AwsError } from '../endpoint/error.ts'
import { pause } from '../pause.ts'
import type { KinesisStore } from '../stores/kinesis.ts'
import { createWakeable } from '../wakeable.ts'
import { type Batches, createBatches } from './batches.ts'
import { type DeliveryOptions, deliver } from './delivery.ts'

export interface ShardReader {
  /** Records were put, or the shards changed. */
  wake(): void
  /** Resolves when the shard is closed and all its records are processed. */
  readonly done: Promise<void>
}

export interface ShardReaderOptions {
  readonly kinesis: KinesisStore
  readonly clock: Clock
  readonly delivery: DeliveryOptions
  readonly iterator: Promise<string>
  /** Whether the shard takes no more records. */
  readonly isClosed: () => boolean
}

/** Reads of a shard that is polled (Kinesis: five GetRecords a second and shard). */
const POLL_MS = 200
/** A consumer is woken by each put; this is for what a put in another way may have missed. */
const FAN_OUT_POLL_MS = 1000
/** Records that wait beyond this stop the reading. */
const WAITING_BYTES = 32 * 1024 * 1024

export function readShard({ kinesis, clock, delivery, iterator, isClosed }: ShardReaderOptions): ShardReader {
  const { mapping, signal } = delivery
  const wakeable = createWakeable(signal)

  const lanes: Batches[] = Array.from({ length: mapping.parallelization }, () =>
    createBatches({
      batchSize: mapping.batchSize,
      windowSeconds: mapping.windowSeconds,
      clock,
      signal,
      deliver: records => deliver(records, delivery),
      onRoom: wakeable.wake,
    }),
  )
  const waitingBytes = (): number => lanes.reduce((sum, lane) => sum + lane.waitingBytes, 0)

  let last: string | undefined
  /** An iterator is good for five minutes; a function that is stuck for longer must not end the reading. */
  const readOrRenew = async (iterator: string): ReturnType<KinesisStore['read']> => {
    try {
      return await kinesis.read(iterator)
    } catch (error) {
      if (last === undefined || !(error instanceof AwsError) || error.type !== 'ExpiredIteratorException')
        throw error
      return kinesis.read(await kinesis.iteratorAfter(mapping.streamName, delivery.shardId, last))
    }
  }

  const run = async (): Promise<void> => {
    let next: string | undefined = await iterator
    while (next !== undefined && !signal.aborted) {
      if (waitingBytes() > WAITING_BYTES) {
        await wakeable.wait(POLL_MS)
        continue
      }
      // Asked before the read: a shard that was closed then has nothing beyond what the read finds.
      const closed = isClosed()
      const result = await readOrRenew(next)
      last = result.records.at(-1)?.SequenceNumber ?? last
      for (const record of result.records) {
        const lane = lanes.length === 1 ? 0 : fnv1a(record.PartitionKey) % lanes.length
        lanes[lane]!.push(record)
      }
      next = result.next
      if (result.records.length > 0 && !closed && !mapping.fanOut) await pause(POLL_MS, signal)
      else if (result.records.length === 0) {
        if (closed) break
        await wakeable.wait(mapping.fanOut ? FAN_OUT_POLL_MS : POLL_MS)
      }
    }
    await Promise.all(lanes.map(lane => lane.end()))
  }
  return { wake: wakeable.wake, done: run() }
}
