/** Reads one shard in order and spreads its records over the sub-streams that the mapping processes in parallel. */
import type { CloudClock } from '../cloud-clock.ts'
import {
  type DataStream,
  type ReadResult,
  readShard,
  readShared,
  type StreamRecord,
} from '../kinesis/data-stream.ts'
import { parseSequenceNumber } from '../kinesis/sequence-number.ts'
import type { StreamShard } from '../kinesis/stream-shard.ts'
import { pause } from '../pause.ts'
import { fnv1a } from '../text-hash.ts'
import { createWakeable } from '../wakeable.ts'
import { type Batches, createBatches } from './batches.ts'
import { type DeliveryOptions, deliver } from './delivery.ts'

export interface ShardReader {
  /** Ends the wait for records: some were put, or the shard was closed. */
  wake(): void
  /** Ends the reading after the current invocations. */
  stop(): void
  /**
   * Resolves when the shard is closed and all its records are processed, or when reading is stopped or aborted.
   * @returns where to go on after a stop; `undefined` when nothing is left.
   */
  readonly done: Promise<Checkpoint | undefined>
}

/** Where a stopped reading goes on. */
export interface Checkpoint {
  /** Position to read from. */
  readonly position: number
  /** Position up to which records were read. Of these, only the pending ones are delivered again. */
  readonly readTo: number
  /** Sequence numbers of the records that were read and not processed. */
  readonly pending: ReadonlySet<string>
}

export interface ShardReaderOptions {
  readonly stream: DataStream
  readonly shard: StreamShard
  readonly position: number
  /** Where an earlier reading of the shard was stopped. */
  readonly checkpoint?: Checkpoint | undefined
  readonly clock: CloudClock
  readonly delivery: DeliveryOptions
}

/** Time between two reads of a polled shard (Lambda: a base rate of once a second). */
const POLL_MS = 1000
/** Time to the next read of a polled shard that has more records, or is at its read limit. */
const CATCH_UP_MS = 200
/** Bytes of records that wait for the function, above which the shard is not read. */
const WAITING_BYTES = 32 * 1024 * 1024

export function startShardReader(options: ShardReaderOptions): ShardReader {
  const { stream, shard, position, checkpoint, clock, delivery } = options
  const { mapping, log } = delivery
  const stopping = new AbortController()
  const signal = AbortSignal.any([delivery.signal, stopping.signal])
  const wakeable = createWakeable(signal)
  const lanes: Batches[] = Array.from({ length: mapping.parallelization }, () =>
    createBatches({
      batchSize: mapping.batchSize,
      windowSeconds: mapping.windowSeconds,
      clock,
      signal,
      deliver: records => deliver(records, { ...delivery, stop: signal }),
      onRoom: wakeable.wake,
    }),
  )
  const waitingBytes = (): number => lanes.reduce((sum, lane) => sum + lane.waitingBytes, 0)

  const run = async (): Promise<Checkpoint | undefined> => {
    let next: number | undefined = checkpoint?.position ?? position
    while (next !== undefined && !signal.aborted) {
      if (waitingBytes() > WAITING_BYTES) {
        await wakeable.wait(CATCH_UP_MS)
        continue
      }
      if (next > shard.start && next < stream.log.firstPosition) {
        log(`${mapping.logicalId}: ${shard.id}: records were dropped before they were read`)
      }
      const result: ReadResult | undefined = mapping.fanOut
        ? readShard(stream, shard, next)
        : readShared(stream, shard, next)
      if (result === undefined) {
        await pause(CATCH_UP_MS, signal)
        continue
      }
      for (const record of result.records) {
        if (checkpoint !== undefined && isProcessed(record, checkpoint)) continue
        lanes[lanes.length === 1 ? 0 : fnv1a(record.partitionKey) % lanes.length]!.push(record)
      }
      next = result.next
      if (next === undefined) break
      if (!mapping.fanOut) await pause(result.millisecondsBehind > 0 ? CATCH_UP_MS : POLL_MS, signal)
      else if (result.records.length === 0) await wakeable.wait()
    }
    await Promise.all(lanes.map(lane => lane.end()))
    return checkpointOf(
      lanes.flatMap(lane => lane.waiting),
      next,
      shard.end,
    )
  }
  return { wake: wakeable.wake, stop: () => stopping.abort(), done: run() }
}

function isProcessed({ sequenceNumber }: StreamRecord, { readTo, pending }: Checkpoint): boolean {
  return positionOf(sequenceNumber) < readTo && !pending.has(sequenceNumber)
}

/**
 * @param waiting the records that are read and not processed.
 * @param next position to read on from; `undefined` at the end of a closed shard.
 */
function checkpointOf(
  waiting: readonly StreamRecord[],
  next: number | undefined,
  end: number | undefined,
): Checkpoint | undefined {
  const readTo = next ?? end
  if (readTo === undefined || (next === undefined && waiting.length === 0)) return undefined
  const pending = new Set(waiting.map(({ sequenceNumber }) => sequenceNumber))
  const position = Math.min(readTo, ...waiting.map(({ sequenceNumber }) => positionOf(sequenceNumber)))
  return { position, readTo, pending }
}

function positionOf(sequenceNumber: string): number {
  return parseSequenceNumber(sequenceNumber)!.position
}
