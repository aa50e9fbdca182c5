/**
 * Puts the numbered frames of a line in order, whichever way they come: repeats are dropped, frames ahead of a gap
 * wait, and what is missing is asked for in bounded requests. Knows no socket.
 */
import type { Range } from './control.ts'
import type { Frame } from './frame.ts'

/** Frames asked for in one request. */
const MAX_RANGE_FRAMES = 512
/** Bytes of frames that wait behind a gap; what comes beyond is dropped here and asked for later. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024

export interface Sequencer {
  /** Last frame delivered in order. */
  readonly last: number
  /** Whether something before a frame already seen, or announced, is missing. */
  readonly gap: boolean
  readonly counts: { gaps: number; repeats: number; resends: number }
  /** A numbered frame came. The frames that are now in order, oldest first. */
  take(frame: Frame): Frame[]
  /** The line says that it has sent frames up to `sequence`. */
  announced(sequence: number): void
  /** What to ask for now; undefined if nothing is missing or the last request is still being answered. */
  request(): Range | undefined
  /** The connection that a request was made on is gone: ask again. */
  forgetRequest(): void
  /** Go on after `sequence`, whatever was before. */
  restart(sequence: number): void
}

export function createSequencer(): Sequencer {
  const waiting = new Map<number, Frame>()
  const counts = { gaps: 0, repeats: 0, resends: 0 }
  let waitingBytes = 0
  let last = 0
  let highest = 0
  let asked: Range | undefined

  const hold = (frame: Frame): void => {
    if (waiting.has(frame.sequence)) counts.repeats++
    else if (waitingBytes + frame.payload.length <= MAX_WAITING_BYTES) {
      // A copy, because a view would keep the whole chunk alive that it came in.
      waiting.set(frame.sequence, { ...frame, payload: frame.payload.slice() })
      waitingBytes += frame.payload.length
    }
  }

  const release = (sequence: number): Frame | undefined => {
    const frame = waiting.get(sequence)
    if (frame !== undefined) {
      waiting.delete(sequence)
      waitingBytes -= frame.payload.length
    }
    return frame
  }

  const announced = (sequence: number): void => {
    if (sequence > last && highest === last) counts.gaps++
    highest = Math.max(highest, sequence)
  }

  /** The end of the gap that begins after `last`. */
  const endOfGap = (): number => {
    const limit = Math.min(highest, last + MAX_RANGE_FRAMES)
    let end = last + 1
    while (end < limit && !waiting.has(end + 1)) end++
    return end
  }

  return {
    get last() {
      return last
    },
    get gap() {
      return highest > last
    },
    counts,
    take(frame) {
      if (frame.sequence <= last) {
        counts.repeats++
        return []
      }
      if (frame.sequence > last + 1) {
        announced(frame.sequence)
        hold(frame)
        return []
      }
      const inOrder: Frame[] = []
      for (let next: Frame | undefined = frame; next !== undefined; next = release(last + 1)) {
        inOrder.push(next)
        last = next.sequence
      }
      highest = Math.max(highest, last)
      if (asked !== undefined && last >= asked.to) asked = undefined
      return inOrder
    },
    announced,
    request() {
      if (asked !== undefined || highest === last) return undefined
      asked = { from: last + 1, to: endOfGap() }
      counts.resends++
      return asked
    },
    forgetRequest() {
      asked = undefined
    },
    restart(sequence) {
      waiting.clear()
      waitingBytes = 0
      last = sequence
      highest = sequence
      asked = undefined
    },
  }
}
