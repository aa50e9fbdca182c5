/** Market messages in memory, as the frames of one line carry them. */
import { type OpeningOptions, playOpening } from './opening.ts'

/** The opening itself, with the first boards and the auctions. */
const INPUT: OpeningOptions = { ticksPerSecond: 30_000, seconds: 0 }
/** Messages come back to back in frames, so many bytes at most: BATCH_BYTES of local/line/line-feed.ts. */
const FRAME_BYTES = 32 * 1024

/** A third of the issues stand for all: lines share nothing. */
export const LINE = 1

/** All messages of the line, from its first. */
export interface LineMessages {
  readonly count: number
  readonly bytes: number
  /** Each message alone, by frame; and the frames. */
  readonly batches: readonly (readonly Uint8Array[])[]
  readonly frames: readonly Uint8Array[]
}

export function readLine(): LineMessages {
  const batches: Uint8Array[][] = [[]]
  let count = 0
  let bytes = 0
  let batched = 0
  for (const message of playOpening(INPUT)) {
    if (message.line !== LINE) continue
    const { length } = message.bytes
    if (batched + length > FRAME_BYTES) {
      batches.push([])
      batched = 0
    }
    batches.at(-1)!.push(message.bytes)
    batched += length
    bytes += length
    count++
  }
  return { count, bytes, batches, frames: batches.map(batch => Buffer.concat(batch)) }
}
