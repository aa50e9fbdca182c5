/** Finds the frames of a recorded line and skips bytes between them. */
import { type Frame, FrameReader, HEADER_BYTES, LineError, MAGIC } from '../../ingest-task/line/frame.ts'

export type FrameOrFault =
  /** `offset`: start of the frame in the recording, in bytes. */
  { readonly frame: Frame; readonly offset: number } | { readonly fault: string }

export interface FrameFinder {
  read(chunk: Buffer): Generator<FrameOrFault>
  /** Ends the input. Returns the last frames. */
  end(): Generator<FrameOrFault>
}

const MAGIC_BYTES = Buffer.alloc(4)
MAGIC_BYTES.writeUInt32BE(MAGIC)

/** Creates a finder. In addition to the current chunk it holds at most one frame. */
export function createFrameFinder(): FrameFinder {
  let rest: Buffer = Buffer.alloc(0)
  /** Bytes before `rest`. */
  let passed = 0
  /** The last frame was broken, and the start of the next frame is not found yet. */
  let lost = false

  const drop = (bytes: number): void => {
    rest = rest.subarray(bytes)
    passed += bytes
  }

  const findNext = (complete: boolean): void => {
    const next = rest.indexOf(MAGIC_BYTES)
    lost = next < 0
    // If there is no magic, the last bytes may be the start of the next one.
    const kept = complete ? 0 : MAGIC_BYTES.length - 1
    drop(lost ? Math.max(0, rest.length - kept) : next)
  }

  function* frames(complete: boolean): Generator<FrameOrFault> {
    while (rest.length > 0) {
      if (lost) findNext(complete)
      if (lost) return
      try {
        for (const frame of new FrameReader(passed).read(rest)) {
          const offset = passed
          drop(HEADER_BYTES + frame.payload.length)
          yield { frame, offset }
        }
        if (!complete || rest.length === 0) return
        yield { fault: `stream offset ${passed}: expected a whole frame, got ${rest.length} bytes` }
      } catch (error) {
        if (!(error instanceof LineError)) throw error
        yield { fault: error.message }
      }
      // The length field of a broken frame cannot be trusted, so its end is not known.
      lost = true
      drop(1)
    }
  }

  return {
    *read(chunk) {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      yield* frames(false)
    },
    *end() {
      yield* frames(true)
    },
  }
}
