/**
 * The envelope: what one Kinesis record holds. It explains itself: an issue's first tick in it is its whole board,
 * later ones are differences, so a reader needs no memory and a lost envelope heals at the next.
 */
import { crc32, deflateSync, inflateSync } from 'node:zlib'
import type { MarketEvent } from '../market-event.ts'
import type { Tick } from '../tick.ts'
import { asEpochMillis, asTradingDate, type EpochMillis, type TradingDate } from '../units.ts'
import { ByteReader, ByteWriter } from './bytes.ts'
import { decodeTicks, TickEncoder } from './tick-codec.ts'

export interface EnvelopeHeader {
  readonly line: number
  /** Lane of the line, from 0. */
  readonly lane: number
  /** Start of the sending process, epoch ms: a new epoch starts its counters anew. */
  readonly epoch: EpochMillis
  /** Counts the lane's envelopes of an epoch from 1, without gaps: a reader sees whether it missed one. */
  readonly counter: number
  /** YYYYMMDD. */
  readonly tradingDate: TradingDate
  /**
   * How far the sender had read its line when it closed the envelope, in the line's own numbering: all ticks of the
   * lane from up to there are in this envelope or in earlier ones.
   */
  readonly position: number
  /** Counter of the line's last market message up to there. Unlike a position it means the same to every process. */
  readonly reached: number
  /** In the first envelope of an epoch: the one of another epoch that it goes on from without a gap, if it does. */
  readonly follows?: { readonly epoch: EpochMillis; readonly counter: number }
}

export type Envelope = EnvelopeHeader &
  (
    | { readonly kind: 'ticks'; readonly ticks: readonly Tick[] }
    | { readonly kind: 'events'; readonly events: readonly MarketEvent[] }
    | KeyFrame
  )
export type EnvelopeKind = Envelope['kind']

/**
 * Issues of a lane as they stand, each with its latest tick once more (same identity, no trade). All parts together
 * are the whole lane: whoever reads the lane from part 1 on knows everything of it.
 */
export interface KeyFrame {
  readonly kind: 'boards'
  /** From 1. */
  readonly part: number
  readonly parts: number
  readonly ticks: readonly Tick[]
}

/** Layout version of the bytes. */
const VERSION = 2
const KINDS: readonly EnvelopeKind[] = ['ticks', 'events', 'boards']
/** Events may not inflate beyond this: over a hundred times a full envelope (a put unit is 25 KB). */
const MAX_EVENTS_BYTES = 4 * 1024 * 1024
const CRC_BYTES = 4
/** Everything of an envelope but its body: small bytes, up to eight numbers of eight bytes, the CRC. */
const MOST_HEADER_BYTES = 4 + 8 * 8 + CRC_BYTES

/** The bytes are not an envelope that this version reads. */
export class EnvelopeError extends Error {
  override readonly name = 'EnvelopeError'
}

/** Collects ticks of one lane and trading date. */
export class EnvelopeWriter {
  readonly #encoder = new TickEncoder()

  /** Ticks added since the last {@link finish}. */
  get count(): number {
    return this.#encoder.count
  }

  /** Bytes that the envelope takes at most, as it is by now; 0 without ticks. */
  get bytes(): number {
    return this.count === 0 ? 0 : MOST_HEADER_BYTES + this.#encoder.bytes
  }

  /** @throws RangeError when a number of the tick is beyond what the format can hold. */
  add(tick: Tick): void {
    this.#encoder.add(tick)
  }

  /** The finished envelope. The writer is then empty, ready for the next. */
  finish(header: EnvelopeHeader): Uint8Array {
    const { count } = this.#encoder
    return seal('ticks', header, [count], this.#encoder.finish())
  }
}

/** An envelope of events. */
export function encodeEvents(header: EnvelopeHeader, events: readonly MarketEvent[]): Uint8Array {
  return seal('events', header, [], deflateSync(JSON.stringify(events)))
}

/**
 * An envelope of whole boards: part `part` of `parts` of a key frame.
 * @throws RangeError when a number of a tick is beyond what the format can hold.
 */
export function encodeBoards(
  header: EnvelopeHeader,
  part: number,
  parts: number,
  ticks: Iterable<Tick>,
): Uint8Array {
  const encoder = new TickEncoder()
  for (const tick of ticks) encoder.add(tick)
  const { count } = encoder
  return seal('boards', header, [part, parts, count], encoder.finish())
}

/**
 * Version, kind, header, numbers of the kind, body, and last the CRC-32 of all before it.
 * @throws EnvelopeError saying what was expected and what came.
 */
export function decodeEnvelope(bytes: Uint8Array): Envelope {
  return explained(bytes, () => {
    const { kind, header, reader } = open(bytes)
    const { line, tradingDate } = header
    switch (kind) {
      case 'ticks': {
        const count = reader.unsigned()
        return { kind, ...header, ticks: decodeTicks(reader.rest(), count, line, tradingDate) }
      }
      case 'events': {
        const text = inflateSync(reader.rest(), { maxOutputLength: MAX_EVENTS_BYTES }).toString()
        return { kind, ...header, events: JSON.parse(text) as MarketEvent[] }
      }
      case 'boards': {
        const [part, parts, count] = [reader.unsigned(), reader.unsigned(), reader.unsigned()]
        return { kind, ...header, part, parts, ticks: decodeTicks(reader.rest(), count, line, tradingDate) }
      }
    }
  })
}

/**
 * What an envelope says of itself, without its body.
 * @throws EnvelopeError
 */
export function decodeHeader(bytes: Uint8Array): { kind: EnvelopeKind; header: EnvelopeHeader } {
  return explained(bytes, () => {
    const { kind, header } = open(bytes)
    return { kind, header }
  })
}

function open(bytes: Uint8Array): { kind: EnvelopeKind; header: EnvelopeHeader; reader: ByteReader } {
  const end = bytes.length - CRC_BYTES
  const reader = new ByteReader(bytes.subarray(0, Math.max(0, end)))
  const version = reader.byte()
  if (version !== VERSION) throw new EnvelopeError(`expected envelope version ${VERSION}, got ${version}`)
  const stated = new DataView(bytes.buffer, bytes.byteOffset + end).getUint32(0)
  const actual = crc32(bytes.subarray(0, end))
  if (stated !== actual) throw new EnvelopeError(`expected an envelope with CRC ${actual}, got ${stated}`)
  const code = reader.byte()
  const kind = KINDS[code]
  if (kind === undefined) {
    throw new EnvelopeError(`expected an envelope kind of 0 to ${KINDS.length - 1}, got ${code}`)
  }
  const header = {
    line: reader.byte(),
    lane: reader.byte(),
    epoch: asEpochMillis(reader.unsigned()),
    counter: reader.unsigned(),
    tradingDate: asTradingDate(reader.unsigned()),
    position: reader.unsigned(),
    reached: reader.unsigned(),
  }
  const epoch = asEpochMillis(reader.unsigned())
  if (epoch === 0) return { kind, header, reader }
  const follows = { epoch, counter: reader.unsigned() }
  return { kind, header: { ...header, follows }, reader }
}

function explained<T>(bytes: Uint8Array, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof EnvelopeError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new EnvelopeError(`expected an envelope, got ${bytes.length} bytes that are none: ${reason}`, {
      cause: error,
    })
  }
}

function seal(
  kind: EnvelopeKind,
  header: EnvelopeHeader,
  numbers: readonly number[],
  body: Uint8Array,
): Uint8Array {
  const out = new ByteWriter()
  out.byte(VERSION)
  out.byte(KINDS.indexOf(kind))
  out.byte(header.line)
  out.byte(header.lane)
  out.unsigned(header.epoch)
  out.unsigned(header.counter)
  out.unsigned(header.tradingDate)
  out.unsigned(header.position)
  out.unsigned(header.reached)
  out.unsigned(header.follows?.epoch ?? 0)
  if (header.follows !== undefined) out.unsigned(header.follows.counter)
  for (const number of numbers) out.unsigned(number)
  out.raw(body)
  const crc = crc32(out.view())
  for (let shift = 24; shift >= 0; shift -= 8) out.byte((crc >>> shift) & 0xff)
  return out.copy()
}
