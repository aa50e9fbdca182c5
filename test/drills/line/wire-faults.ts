/** Faults of a line by name, and how a drill applies them to the wires. */
import { decodeRange } from '../../../ingest-task/line/control.ts'
import {
  controlFrame,
  encodeFrame,
  type Frame,
  isContent,
  MAX_PAYLOAD_BYTES,
} from '../../../ingest-task/line/frame.ts'
import { MAX_UNZIPPED_BYTES } from '../../../ingest-task/quick/zip.ts'
import { below, type Random } from '../../../local/exchange/random.ts'
import { zip } from '../../../local/line/zip-writer.ts'
import {
  parseFrame,
  withBadMessage,
  withBadText,
  withChangedByte,
} from '../../ingest-task/line/damaged-frames.ts'
import type { Source, Wire } from './wire.ts'

/** Numbers of frames, both ends included. */
interface Span {
  from: number
  to: number
}

/** Faults of the line itself, which are the same on every wire. */
export interface LineFaults extends Source {
  /** Loses the next frames for good. */
  forget(count: number): void
  /** Makes the next frame of market messages unreadable for good. */
  spoil(): void
  /** Makes all further news and phases unreadable, and one row of every issue master. */
  garble(): void
  /** Forgets all faults: the line starts a new session. */
  restart(): void
}

export function createLineFaults(): LineFaults {
  let forgotten: Span[] = []
  let spoiled: number | undefined
  let spoiling = false
  let garbling = false
  let highest = 0
  return {
    forget: count => void forgotten.push({ from: highest + 1, to: highest + count }),
    spoil() {
      spoiling = true
    },
    garble() {
      garbling = true
    },
    restart() {
      forgotten = []
      spoiled = undefined
      highest = 0
    },
    damage(bytes) {
      const frame = parseFrame(bytes)
      if (garbling && isText(frame)) return [withBadText(frame)]
      if (!isNumbered(frame)) return undefined
      const { sequence } = frame
      const isNew = sequence > highest
      highest = Math.max(highest, sequence)
      if (forgotten.some(({ from, to }) => sequence >= from && sequence <= to)) return []
      if (spoiling && isNew && frame.type === 'prices') {
        spoiling = false
        spoiled = sequence
      }
      return sequence === spoiled ? [withBadMessage(frame)] : undefined
    },
    answer(bytes) {
      const { type, payload } = parseFrame(bytes)
      if (type !== 'resend-request') return undefined
      const asked = decodeRange(payload)
      const gone = forgotten.some(({ from, to }) => asked.from <= to && asked.to >= from)
      return gone ? controlFrame('resend-refused', highest, payload) : undefined
    },
  }
}

const isNumbered = (frame: Frame): boolean => isContent(frame.type) && !frame.snapshot

const isText = ({ type }: Frame): boolean => isContent(type) && type !== 'prices'

/** Changes the archive in a frame as a faulty packer would. The checksum of the frame is valid. */
const inArchive =
  (change: (archive: Buffer, random: Random) => Uint8Array): FrameFault =>
  (bytes, random) => {
    const frame = parseFrame(bytes)
    const archive = frame.zip ? Buffer.from(frame.payload) : zip('prices.txt', frame.payload, false)
    return [encodeFrame({ ...frame, zip: true, payload: change(archive, random) })]
  }

const withLength = (bytes: Buffer, length: number): Buffer => {
  const copy = Buffer.from(bytes)
  copy.writeUInt32BE(length, 10)
  return copy
}

/** Returns what arrives instead of a numbered frame. */
type FrameFault = (frame: Buffer, random: Random, wire: Wire) => readonly Buffer[]

const BOMB = zip('prices.txt', Buffer.alloc(MAX_UNZIPPED_BYTES + 1), false)

export const FRAME_FAULTS = {
  gap: () => [],
  repeat: (frame, random) => Array.from({ length: 2 + below(random, 2) }, () => frame),
  'changed byte': (frame, random) => [withChangedByte(frame, below(random, frame.length))],
  'zip truncated': inArchive((archive, random) => archive.subarray(0, below(random, archive.length - 100))),
  'zip crc': inArchive(archive => withChangedByte(archive, 14)),
  bomb: inArchive(() => BOMB),
  'frame truncated': (frame, random) => [frame.subarray(0, 1 + below(random, frame.length - 1))],
  'torn off': (frame, random, wire) => {
    setImmediate(wire.cut)
    return [frame.subarray(0, 1 + below(random, frame.length - 1))]
  },
  'length too large': frame => [withLength(frame, MAX_PAYLOAD_BYTES + 1)],
  'length wrong': (frame, random) => [withLength(frame, below(random, 2 * frame.length))],
  garbage: (frame, random) => [
    Buffer.from(Array.from({ length: 1 + below(random, 60) }, () => below(random, 256))),
    frame,
  ],
  'bad message': bytes => {
    const frame = parseFrame(bytes)
    return [frame.type === 'prices' ? withBadMessage(frame) : encodeFrame(frame)]
  },
} as const satisfies Record<string, FrameFault>
export type FrameFaultName = keyof typeof FRAME_FAULTS

/** Faults of numbered frames only: a missing or repeated part of a snapshot cannot be noticed, and TCP prevents it. */
const NUMBERED_ONLY: readonly FrameFaultName[] = ['gap', 'repeat']

/** Faults that are noticed only when the content is read. */
const IN_CONTENT: readonly FrameFaultName[] = ['zip truncated', 'zip crc', 'bomb', 'bad message']
/** Most bad copies of one frame: after a third bad copy the task would give the frame up. */
const MOST_BAD_COPIES = 2

/** Creates damage to single frames, none of which is too bad to recover from. */
export function createFrameDamage(random: Random) {
  const badCopies = new Map<number, number>()

  const isSpared = (name: FrameFaultName, { snapshot, sequence }: Frame): boolean => {
    if (snapshot || !IN_CONTENT.includes(name)) return false
    const copies = badCopies.get(sequence) ?? 0
    badCopies.set(sequence, copies + 1)
    return copies >= MOST_BAD_COPIES
  }

  /** Applies a fault to the next `count` content frames of a wire. */
  return (wire: Wire, name: FrameFaultName, count: number): void => {
    const fault: FrameFault = FRAME_FAULTS[name]
    let left = count
    wire.damage(bytes => {
      if (left === 0) return undefined
      const frame = parseFrame(bytes)
      if (!isContent(frame.type) || (frame.snapshot && NUMBERED_ONLY.includes(name))) return undefined
      if (isSpared(name, frame)) return undefined
      left--
      return fault(bytes, random, wire)
    })
  }
}

/** Lets the next `count` frames arrive in another order, once all of them have come. */
export function shuffleFrames(wire: Wire, count: number, random: Random): void {
  let held: Buffer[] = []
  let left = count
  wire.damage(frame => {
    if (left === 0 || !isNumbered(parseFrame(frame))) return undefined
    held.splice(below(random, held.length + 1), 0, frame)
    if (--left > 0) return []
    const all = held
    held = []
    return all
  })
}
