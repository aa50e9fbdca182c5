/** The latest frames of a line in a few blocks of memory, so that they can be sent again. */

/** Frames are copied into blocks: a frame of its own can pin far more memory than it has bytes. */
const BLOCK_BYTES = 256 * 1024

interface Block {
  readonly bytes: Buffer
  used: number
  /** Number of the first frame. */
  readonly first: number
  /** Where each frame ends. */
  readonly ends: number[]
}

export class FrameStore {
  readonly #limitBytes: number
  readonly #blocks: Block[] = []
  #bytes = 0
  #next = 1

  /** @param limitBytes memory of all blocks. Above it, the oldest block is dropped. */
  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  /** Adds the next frame. The first frame has number 1. */
  add(frame: Uint8Array): void {
    let block = this.#blocks.at(-1)
    if (block === undefined || block.used + frame.length > block.bytes.length) {
      const bytes = Buffer.allocUnsafeSlow(Math.max(BLOCK_BYTES, frame.length))
      block = { bytes, used: 0, first: this.#next, ends: [] }
      this.#blocks.push(block)
      this.#bytes += bytes.length
      while (this.#bytes > this.#limitBytes && this.#blocks.length > 1) {
        this.#bytes -= this.#blocks.shift()!.bytes.length
      }
    }
    block.bytes.set(frame, block.used)
    block.used += frame.length
    block.ends.push(block.used)
    this.#next++
  }

  /** Returns the frames with these numbers, or undefined if some of them are not kept. */
  range(from: number, to: number): readonly Buffer[] | undefined {
    const firstKept = this.#blocks[0]?.first ?? this.#next
    if (from < firstKept || to >= this.#next) return undefined
    const frames: Buffer[] = []
    for (const { bytes, first, ends } of this.#blocks) {
      for (let index = Math.max(0, from - first); index < ends.length && first + index <= to; index++) {
        frames.push(bytes.subarray(index === 0 ? 0 : ends[index - 1]!, ends[index]!))
      }
    }
    return frames
  }
}
