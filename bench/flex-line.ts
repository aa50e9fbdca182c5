/** The market messages of one line in memory, grouped as the frames of the line group them. */
import { type OpeningOptions, playOpening } from './opening.ts'

/** The opening, including first boards and auctions. */
const INPUT: OpeningOptions = { ticksPerSecond: 30_000, seconds: 0 }
/** Most bytes of messages in a frame: BATCH_BYTES of local/line/line-feed.ts. */
const FRAME_BYTES = 32 * 1024

/** One line represents all: lines share nothing. */
export const LINE = 1

/** All messages of the line, from the first on. */
export interface LineMessages {
  readonly count: number
  readonly bytes: number
  /** The messages of each frame, separately. */
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
