/** Batches of one ordered sub-stream: filled to their size, their window or the payload limit, one at a time. */
import type { CloudClock } from '../cloud-clock.ts'
import type { StreamRecord } from '../kinesis/data-stream.ts'
import { createWakeable, type Wakeable } from '../wakeable.ts'
import { BATCH_BYTES, recordBytes } from './batch-event.ts'

export interface Batches {
  push(record: StreamRecord): void
  /** Sends the remaining records without waiting for the window. Resolves when all are delivered, or after an abort. */
  end(): Promise<void>
  /** Bytes of the records that wait for a batch. */
  readonly waitingBytes: number
  /** The records that are not delivered, complete after {@link Batches.end}. */
  readonly waiting: readonly StreamRecord[]
}

export interface BatchesOptions {
  /** Records of a batch at most. */
  readonly batchSize: number
  /** Market seconds that a batch may wait to fill. */
  readonly windowSeconds: number
  readonly clock: CloudClock
  readonly signal: AbortSignal
  /** Returns the records that are left because of an abort. */
  readonly deliver: (records: readonly StreamRecord[]) => Promise<readonly StreamRecord[]>
  /** Called when records have left the queue for a batch. */
  readonly onRoom: () => void
}

/** Longest wait before a window is checked again, because the market clock may change its pace. */
const LONGEST_WAIT_MS = 1000

interface Queue {
  records: StreamRecord[]
  bytes: number
  /** Market time at which the first record of the queue came, µs. */
  since: number
  /** No more records come. */
  isEnded: boolean
  /** The next batch waits for records or for its window. */
  isFilling: boolean
  readonly wakeable: Wakeable
}

export function createBatches(options: BatchesOptions): Batches {
  const { clock, signal } = options
  const queue: Queue = {
    records: [],
    bytes: 0,
    since: 0,
    isEnded: false,
    isFilling: false,
    wakeable: createWakeable(signal),
  }
  const running = deliverAll(queue, options)
  return {
    push(record) {
      if (queue.records.length === 0) queue.since = clock.now()
      queue.records.push(record)
      queue.bytes += recordBytes(record)
      if (!queue.isFilling || isFull(queue, options)) queue.wakeable.wake()
    },
    async end() {
      queue.isEnded = true
      queue.wakeable.wake()
      await running
    },
    get waitingBytes() {
      return queue.bytes
    },
    get waiting() {
      return queue.records
    },
  }
}

async function deliverAll(queue: Queue, options: BatchesOptions): Promise<void> {
  const { windowSeconds, signal, deliver, onRoom } = options
  while (!signal.aborted) {
    if (queue.records.length === 0) {
      if (queue.isEnded) return
      await queue.wakeable.wait()
      continue
    }
    if (windowSeconds > 0) await fill(queue, options)
    if (signal.aborted) return
    const batch = take(queue, options)
    onRoom()
    const undone = await deliver(batch)
    if (undone.length > 0) queue.records = [...undone, ...queue.records]
  }
}

/** Waits until the next batch is full or its window ends. */
async function fill(queue: Queue, options: BatchesOptions): Promise<void> {
  const { windowSeconds, clock, signal } = options
  queue.isFilling = true
  while (!isFull(queue, options) && !signal.aborted) {
    const left = clock.realMillisecondsUntil(queue.since + windowSeconds * 1_000_000)
    if (left === 0) break
    await queue.wakeable.wait(Math.min(left, LONGEST_WAIT_MS))
  }
  queue.isFilling = false
}

function isFull({ records, bytes, isEnded }: Queue, { batchSize }: BatchesOptions): boolean {
  return isEnded || records.length >= batchSize || bytes >= BATCH_BYTES
}

/** Removes the next batch from the queue. A record above the payload limit is a batch of its own. */
function take(queue: Queue, { batchSize, clock }: BatchesOptions): StreamRecord[] {
  let count = 0
  let bytes = 0
  for (const record of queue.records) {
    const size = recordBytes(record)
    if (count === batchSize || (count > 0 && bytes + size > BATCH_BYTES)) break
    bytes += size
    count++
  }
  const batch = queue.records.slice(0, count)
  queue.records = queue.records.slice(count)
  queue.bytes -= bytes
  queue.since = clock.now()
  return batch
}
