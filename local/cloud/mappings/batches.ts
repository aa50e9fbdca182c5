/** Batches of one ordered sub-stream: filled to their size, their window or the payload limit, one at a time. */
import type { Clock } from '../../../market/clock.ts'
import type { KinesisRecord } from '../stores/kinesis.ts'
import { createWakeable } from '../wakeable.ts'
import { PAYLOAD_BYTES, recordBytes } from './event.ts'

export interface Batches {
  push(record: KinesisRecord): void
  /** No more records come: what is left goes out at once. Resolves when all are delivered. */
  end(): Promise<void>
  /** Bytes that wait. */
  readonly waitingBytes: number
}

export interface BatchesOptions {
  readonly batchSize: number
  /** Market seconds. */
  readonly windowSeconds: number
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly deliver: (records: readonly KinesisRecord[]) => Promise<void>
  /** Called when waiting records have left. */
  readonly onRoom: () => void
}

/** The market clock may change its pace: a window is looked at again after this. */
const LONGEST_WAIT_MS = 1000

export function createBatches(options: BatchesOptions): Batches {
  const { batchSize, windowSeconds, clock, signal, deliver, onRoom } = options
  let waiting: KinesisRecord[] = []
  let bytes = 0
  let ended = false
  /** Market time at which the first waiting record came. */
  let since = 0
  let filling = false
  const wakeable = createWakeable(signal)

  const full = (): boolean => ended || waiting.length >= batchSize || bytes >= PAYLOAD_BYTES
  /** Waits for the batch to fill, or for the window to end. */
  const fill = async (): Promise<void> => {
    filling = true
    while (!full() && !signal.aborted) {
      const left = clock.realMillisecondsUntil(since + windowSeconds * 1_000_000)
      if (left === 0) break
      await wakeable.wait(Math.min(left, LONGEST_WAIT_MS))
    }
    filling = false
  }

  const take = (): KinesisRecord[] => {
    let count = 0
    let size = 0
    for (const record of waiting) {
      if (count === batchSize || (count > 0 && size + recordBytes(record) > PAYLOAD_BYTES)) break
      size += recordBytes(record)
      count++
    }
    const batch = waiting.slice(0, count)
    waiting = waiting.slice(count)
    bytes -= size
    since = clock.now()
    return batch
  }

  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      if (waiting.length === 0) {
        if (ended) return
        await wakeable.wait()
        continue
      }
      if (windowSeconds > 0) await fill()
      if (signal.aborted) return
      const batch = take()
      onRoom()
      await deliver(batch)
    }
  }
  const running = run()

  return {
    push(record) {
      if (waiting.length === 0) since = clock.now()
      waiting.push(record)
      bytes += recordBytes(record)
      if (!filling || full()) wakeable.wake()
    },
    async end() {
      ended = true
      wakeable.wake()
      await running
    },
    get waitingBytes() {
      return bytes
    },
  }
}
