/**
 * Puts the numbered frames of a line in order. The first copy of a frame wins, whichever connection brings it; frames
 * after a gap wait. A sequencer is a value: every function returns the sequencer that follows.
 */
import type { Range } from './control.ts'
import type { Frame } from './frame.ts'

/** Bytes of frames that may wait after a gap or for a snapshot. Further frames are dropped and requested later. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024
/** Memory of a waiting frame in addition to its payload, estimated, bytes. */
const FRAME_BYTES = 256

/** A frame, and the number of the connection that brought it. */
export interface Arrival {
  readonly frame: Frame
  readonly connection: number
}

export interface Sequencer {
  /** Number of the last frame that was taken in order. */
  readonly last: number
  /** Highest number of a frame known to exist. */
  readonly highest: number
  /** A snapshot was requested: frames wait until its end shows which of them follow it. */
  readonly holding: boolean
  /** The frame after the last one, as it came. Most frames never wait. */
  readonly ready: Arrival | undefined
  /** Frames that wait, by ascending number. */
  readonly waiting: readonly Arrival[]
  readonly waitingBytes: number
  /** By connection: the highest number it has sent or announced. It repeats no earlier frame unless asked. */
  readonly passed: readonly number[]
  /** By connection: frames that it brought first. */
  readonly wins: readonly number[]
  /** Frames that one connection brought twice without a request. */
  readonly repeats: number
}

/** @param connections their number; connections are numbered from 0. */
export function createSequencer(connections: number): Sequencer {
  const zeros = new Array<number>(connections).fill(0)
  return {
    last: 0,
    highest: 0,
    holding: false,
    ready: undefined,
    waiting: [],
    waitingBytes: 0,
    passed: zeros,
    wins: zeros,
    repeats: 0,
  }
}

/** Notes a new connection, whose first frame comes after `sequence`. */
export function addConnection(sequencer: Sequencer, connection: number, sequence: number): Sequencer {
  const highest = Math.max(sequencer.highest, sequence)
  return { ...sequencer, passed: sequencer.passed.with(connection, sequence), highest }
}

export function removeConnection(sequencer: Sequencer, connection: number): Sequencer {
  return { ...sequencer, passed: sequencer.passed.with(connection, 0) }
}

/** Notes that the line has sent frames up to `sequence` on this connection. */
export function announceFrames(sequencer: Sequencer, connection: number, sequence: number): Sequencer {
  const passed = sequencer.passed.with(connection, Math.max(sequencer.passed[connection]!, sequence))
  return { ...sequencer, passed, highest: Math.max(sequencer.highest, sequence) }
}

/**
 * Takes a numbered frame in.
 * @param requested whether the connection sends it in answer to a request.
 */
export function insertFrame(
  sequencer: Sequencer,
  frame: Frame,
  connection: number,
  requested: boolean,
): Sequencer {
  const { sequence } = frame
  const isRepeat = sequence <= sequencer.passed[connection]!
  const announced = announceFrames(sequencer, connection, sequence)
  const { holding, last, waiting, wins } = announced
  const place = placeAmong(waiting, sequence)
  if ((!holding && sequence <= last) || waiting[place]?.frame.sequence === sequence) {
    return isRepeat && !requested ? { ...announced, repeats: announced.repeats + 1 } : announced
  }
  const won = wins.with(connection, wins[connection]! + 1)
  if (!holding && sequence === last + 1) return { ...announced, ready: { frame, connection }, wins: won }
  const waitingBytes = announced.waitingBytes + sizeOf(frame)
  if (waitingBytes > MAX_WAITING_BYTES) return announced
  // A copy of the payload: a view would keep the whole chunk of the socket in memory.
  const kept = { frame: { ...frame, payload: new Uint8Array(frame.payload) }, connection }
  return { ...announced, waiting: waiting.toSpliced(place, 0, kept), waitingBytes, wins: won }
}

/** Returns the index of this frame number among the waiting frames, or the index to insert it at. */
function placeAmong(waiting: readonly Arrival[], sequence: number): number {
  let [low, high] = [0, waiting.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (waiting[middle]!.frame.sequence < sequence) low = middle + 1
    else high = middle
  }
  return low
}

function sizeOf(frame: Frame): number {
  return frame.payload.length + FRAME_BYTES
}

/** Removes and returns the next frame in order; undefined while it is missing. */
export function takeNext(
  sequencer: Sequencer,
): { readonly sequencer: Sequencer; readonly arrival: Arrival } | undefined {
  const { holding, ready, waiting, waitingBytes, last } = sequencer
  if (holding) return undefined
  if (ready !== undefined) {
    return { sequencer: { ...sequencer, ready: undefined, last: last + 1 }, arrival: ready }
  }
  const arrival = waiting[0]
  if (arrival?.frame.sequence !== last + 1) return undefined
  const rest = { waiting: waiting.slice(1), waitingBytes: waitingBytes - sizeOf(arrival.frame) }
  return { sequencer: { ...sequencer, ...rest, last: last + 1 }, arrival }
}

/** Declares the frame that was taken last unusable: it is missing again. */
export function rejectLast(sequencer: Sequencer): Sequencer {
  return { ...sequencer, last: sequencer.last - 1 }
}

/** Returns the first range of missing frames, `limit` frames at most. */
export function missingRange(sequencer: Sequencer, limit: number): Range {
  const { last, highest, waiting } = sequencer
  const from = last + 1
  const nextWaiting = waiting[0]?.frame.sequence ?? Number.POSITIVE_INFINITY
  return { from, to: Math.max(from, Math.min(highest, last + limit, nextWaiting - 1)) }
}

/** Lets all frames wait until {@link restartAfter}. */
export function holdFrames(sequencer: Sequencer): Sequencer {
  return { ...sequencer, holding: true }
}

/** Goes on after `sequence`; frames that waited and come later are used. */
export function restartAfter(sequencer: Sequencer, sequence: number): Sequencer {
  const waiting = sequencer.waiting.filter(({ frame }) => frame.sequence > sequence)
  const waitingBytes = waiting.reduce((sum, { frame }) => sum + sizeOf(frame), 0)
  const highest = Math.max(sequence, ...sequencer.passed, waiting.at(-1)?.frame.sequence ?? 0)
  return { ...sequencer, waiting, waitingBytes, last: sequence, highest, holding: false }
}

/** Drops everything known about the numbers: the line counts from 1 again. */
export function forgetNumbers(sequencer: Sequencer): Sequencer {
  return { ...sequencer, waiting: [], waitingBytes: 0, last: 0, highest: 0 }
}
