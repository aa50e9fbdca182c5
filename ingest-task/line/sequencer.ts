/**
 * Puts the numbered frames of a line in order, whichever of its connections brings them first: the later copy is
 * dropped, and frames ahead of a gap wait. Knows no socket.
 */
import type { Range } from './control.ts'
import type { Frame } from './frame.ts'

/** Bytes of frames that wait behind a gap or for a snapshot; what comes beyond is dropped here and asked for later. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024
/** What a waiting frame takes beside its payload, bytes, about. */
const FRAME_BYTES = 256

/** A frame, and the number of the connection that brought it. */
export interface Arrival {
  readonly frame: Frame
  readonly connection: number
}

export interface Sequencer {
  /** Last frame given out in order. */
  readonly last: number
  /** Last frame known to exist. */
  readonly highest: number
  readonly counts: {
    /** Frames by the connection that brought them first. */
    readonly wins: number[]
    /** Frames that one connection brought twice without being asked. */
    repeats: number
  }
  /** How far a connection has come: it brings nothing up to there unless it is asked. */
  passed(connection: number): number
  /** A connection is new, and begins after `sequence`. */
  opened(connection: number, sequence: number): void
  closed(connection: number): void
  /** A connection says that it has sent frames up to `sequence`. */
  announced(connection: number, sequence: number): void
  /** A connection has brought a numbered frame, because it was asked to or by itself. */
  take(frame: Frame, connection: number, asked: boolean): void
  /** The next frame in order, if it is here. */
  next(): Arrival | undefined
  /** What `next` gave last was no good: it is missing again. */
  reject(): void
  /** The first numbers that are missing, `limit` at most. */
  missing(limit: number): Range
  /** A snapshot is on its way: frames wait until it is known which of them come after it. */
  hold(): void
  /** Go on after `sequence`, with the frames that have waited. */
  restart(sequence: number): void
  /** The line counts anew: nothing that came before means anything now. */
  forget(): void
}

/** @param connections how many there are; they are numbered from 0. */
export function createSequencer(connections: number): Sequencer {
  const waiting = new Map<number, Arrival>()
  const passed = new Array<number>(connections).fill(0)
  const counts = { wins: new Array<number>(connections).fill(0), repeats: 0 }
  let waitingBytes = 0
  let last = 0
  let highest = 0
  let holding = false
  /** The frame after the last one, as it came: most never wait. */
  let ready: Arrival | undefined

  /** Whether there was room. */
  const keep = (frame: Frame, connection: number): boolean => {
    const bytes = frame.payload.length + FRAME_BYTES
    if (waitingBytes + bytes > MAX_WAITING_BYTES) return false
    // A copy, because a view would keep the whole chunk alive that it came in.
    waiting.set(frame.sequence, { frame: { ...frame, payload: new Uint8Array(frame.payload) }, connection })
    waitingBytes += bytes
    return true
  }

  const release = (sequence: number): Arrival | undefined => {
    const arrival = waiting.get(sequence)
    if (arrival !== undefined) {
      waiting.delete(sequence)
      waitingBytes -= arrival.frame.payload.length + FRAME_BYTES
    }
    return arrival
  }

  const announced = (connection: number, sequence: number): void => {
    passed[connection] = Math.max(passed[connection]!, sequence)
    highest = Math.max(highest, sequence)
  }

  const take = (frame: Frame, connection: number, asked: boolean): void => {
    const { sequence } = frame
    const again = sequence <= passed[connection]!
    announced(connection, sequence)
    if ((!holding && sequence <= last) || waiting.has(sequence)) {
      if (again && !asked) counts.repeats++
    } else if (!holding && sequence === last + 1) {
      ready = { frame, connection }
      counts.wins[connection]!++
    } else if (keep(frame, connection)) counts.wins[connection]!++
  }

  return {
    get last() {
      return last
    },
    get highest() {
      return highest
    },
    counts,
    passed: connection => passed[connection]!,
    opened(connection, sequence) {
      passed[connection] = sequence
      highest = Math.max(highest, sequence)
    },
    closed(connection) {
      passed[connection] = 0
    },
    announced,
    take,
    next() {
      if (holding) return undefined
      const arrival = ready ?? release(last + 1)
      ready = undefined
      if (arrival !== undefined) last++
      return arrival
    },
    reject() {
      last--
    },
    missing(limit) {
      const from = last + 1
      let to = from
      while (to < Math.min(highest, last + limit) && !waiting.has(to + 1)) to++
      return { from, to }
    },
    hold() {
      holding = true
    },
    restart(sequence) {
      for (const before of [...waiting.keys()]) if (before <= sequence) release(before)
      last = sequence
      highest = Math.max(sequence, ...passed, ...waiting.keys())
      holding = false
    },
    forget() {
      waiting.clear()
      waitingBytes = 0
      last = 0
      highest = 0
    },
  }
}
