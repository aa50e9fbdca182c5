/** What may happen to a line, by name: how a drill's step is done to the wires. */
import { contentOf } from '../../../ingest-task/line/content.ts'
import { decodeRange } from '../../../ingest-task/line/control.ts'
import {
  controlFrame,
  encodeFrame,
  type Frame,
  FrameReader,
  isContent,
  MAX_PAYLOAD_BYTES,
} from '../../../ingest-task/line/frame.ts'
import { encodeMaster } from '../../../ingest-task/quick/records.ts'
import { encodeText } from '../../../ingest-task/quick/text.ts'
import { MAX_UNZIPPED_BYTES } from '../../../ingest-task/quick/zip.ts'
import { below, type Random } from '../../../local/exchange/random.ts'
import { zip } from '../../../local/line/zip-writer.ts'
import type { Source, Wire } from './wire.ts'

/** Sequence numbers of frames, both ends included. */
interface Span {
  from: number
  to: number
}

/** What the line itself has done to its frames: the same on every wire. */
export interface LineFaults extends Source {
  /** So many frames from the next on are gone for good. */
  forget(count: number): void
  /** The next market messages can never be read. */
  spoil(): void
  /** From now on no news and no phase can be read, and the master has a row that cannot; live or in snapshots. */
  garble(): void
  /** The line counts anew. */
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
      const frame = parse(bytes)
      if (garbling && isText(frame)) return [garbled(frame)]
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
      const { type, payload } = parse(bytes)
      if (type !== 'resend-request') return undefined
      const asked = decodeRange(payload)
      const gone = forgotten.some(({ from, to }) => asked.from <= to && asked.to >= from)
      return gone ? controlFrame('resend-refused', highest, payload) : undefined
    },
  }
}

export function parse(bytes: Buffer): Frame {
  const [frame] = new FrameReader().read(bytes)
  if (frame === undefined) throw new Error(`expected a whole frame, got ${bytes.length} bytes`)
  return frame
}

const isNumbered = (frame: Frame): boolean => isContent(frame.type) && !frame.snapshot

function withByte(bytes: Uint8Array, at: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[at]! ^= 0x55
  return copy
}

/** The last byte of the first message's NO tag is a digit no more. */
const UPDATE_NUMBER_END = 50

function withBadMessage(frame: Frame): Buffer {
  const content = contentOf(frame)
  if (content.kind !== 'messages') return encodeFrame(frame)
  const payload = withByte(content.bytes, UPDATE_NUMBER_END)
  return encodeFrame({ ...frame, zip: false, payload })
}

const isText = ({ type }: Frame): boolean => isContent(type) && type !== 'prices'

/** Sound as a frame; as a text, without sense. */
function garbled(frame: Frame): Buffer {
  const content = contentOf(frame)
  if (content.kind !== 'issues') return encodeFrame({ ...frame, zip: false, payload: encodeText('?') })
  const [issue, ...others] = content.issues
  const payload = encodeMaster([{ ...issue!, code: '?' }, ...others])
  return encodeFrame({ ...frame, zip: false, payload })
}

/** The payload of a frame as a broken packer would send it: all checks of the frame itself are right. */
const inArchive =
  (change: (archive: Buffer, random: Random) => Uint8Array): FrameFault =>
  (bytes, random) => {
    const frame = parse(bytes)
    const archive = frame.zip ? Buffer.from(frame.payload) : zip('prices.txt', frame.payload, false)
    return [encodeFrame({ ...frame, zip: true, payload: change(archive, random) })]
  }

const withLength = (bytes: Buffer, length: number): Buffer => {
  const copy = Buffer.from(bytes)
  copy.writeUInt32BE(length, 10)
  return copy
}

/** What becomes of one numbered frame. */
type FrameFault = (frame: Buffer, random: Random, wire: Wire) => readonly Buffer[]

const BOMB = zip('prices.txt', Buffer.alloc(MAX_UNZIPPED_BYTES + 1), false)

export const FRAME_FAULTS = {
  gap: () => [],
  repeat: (frame, random) => Array.from({ length: 2 + below(random, 2) }, () => frame),
  'changed byte': (frame, random) => [withByte(frame, below(random, frame.length))],
  'zip truncated': inArchive((archive, random) => archive.subarray(0, below(random, archive.length - 100))),
  'zip crc': inArchive(archive => withByte(archive, 14)),
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
  'bad message': bytes => [withBadMessage(parse(bytes))],
} as const satisfies Record<string, FrameFault>
export type FrameFaultName = keyof typeof FRAME_FAULTS

/** A snapshot that lacks a frame, or has one twice, does not show it; the connection itself keeps it from that. */
const NUMBERED_ONLY: readonly FrameFaultName[] = ['gap', 'repeat']

/** What only the content shows, when it is read. */
const IN_CONTENT: readonly FrameFaultName[] = ['zip truncated', 'zip crc', 'bomb', 'bad message']
/** A content that is bad more often is given up, because it may be bad for good. */
const MOST_BAD_COPIES = 2

/** Damage to single frames, of which none is too much to be healed. */
export function createFrameDamage(random: Random) {
  const badCopies = new Map<number, number>()

  const isSpared = (name: FrameFaultName, { snapshot, sequence }: Frame): boolean => {
    if (snapshot || !IN_CONTENT.includes(name)) return false
    const copies = badCopies.get(sequence) ?? 0
    badCopies.set(sequence, copies + 1)
    return copies >= MOST_BAD_COPIES
  }

  /** Does a fault to the next `count` frames of a wire that carry the market. */
  return (wire: Wire, name: FrameFaultName, count: number): void => {
    const fault: FrameFault = FRAME_FAULTS[name]
    let left = count
    wire.damage(bytes => {
      if (left === 0) return undefined
      const frame = parse(bytes)
      if (!isContent(frame.type) || (frame.snapshot && NUMBERED_ONLY.includes(name))) return undefined
      if (isSpared(name, frame)) return undefined
      left--
      return fault(bytes, random, wire)
    })
  }
}

/** The next `count` frames arrive in another order, once all of them have come. */
export function shuffleFrames(wire: Wire, count: number, random: Random): void {
  let held: Buffer[] = []
  let left = count
  wire.damage(frame => {
    if (left === 0 || !isNumbered(parse(frame))) return undefined
    held.splice(below(random, held.length + 1), 0, frame)
    if (--left > 0) return []
    const all = held
    held = []
    return all
  })
}
