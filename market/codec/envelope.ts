/**
 * The envelope, the content of a Kinesis record. The first tick of an issue in an envelope is its whole board, later
 * ticks are differences. So a reader needs no earlier envelope, and a lost envelope does not damage the next one.
 */
import { deflateSync, inflateSync } from 'node:zlib'
import type { StreamEvent } from '../market-event.ts'
import type { Tick } from '../tick.ts'
import { asEpochMillis, asTradingDate, type EpochMillis, type TradingDate } from '../units.ts'
import { type ByteReader, ByteWriter } from './bytes.ts'
import { CRC_BYTES, seal, UnknownVersionError, unseal } from './sealed-bytes.ts'
import { decodeTicks, TickEncoder } from './tick-codec.ts'

export interface EnvelopeHeader {
  readonly line: number
  /** Lane of the line, from 0. */
  readonly lane: number
  /** Start of the sending process. A new epoch restarts the counters of its lanes. */
  readonly epoch: EpochMillis
  /** Counts the lane's envelopes of an epoch from 1, without gaps, so that a reader notices a missing envelope. */
  readonly counter: number
  readonly tradingDate: TradingDate
  /**
   * The position up to which the sender had read its line, in the line's own numbering. All ticks of the lane up to this
   * position are in this envelope or in earlier envelopes.
   */
  readonly position: number
  /** Counter of the line's last market message up to `position`. It has the same meaning in every process. */
  readonly reached: number
  /** In the first envelope of an epoch: the envelope of an earlier epoch that it continues without a gap. */
  readonly follows?: { readonly epoch: EpochMillis; readonly counter: number }
}

export type Envelope = EnvelopeHeader &
  (
    | { readonly kind: 'ticks'; readonly ticks: readonly Tick[] }
    | { readonly kind: 'events'; readonly events: readonly StreamEvent[] }
    | KeyFrame
  )
export type EnvelopeKind = Envelope['kind']

/**
 * A part of a key frame: the latest tick of issues of a lane, with its identity and without its trade. All parts
 * together have all issues of the lane. So a reader that starts at part 1 knows the whole lane.
 */
export interface KeyFrame {
  readonly kind: 'boards'
  /** From 1. */
  readonly part: number
  readonly parts: number
  readonly ticks: readonly Tick[]
}

/** Layout version of the bytes. What a change of it requires: docs/format-versions.md. */
const VERSION = 2
const KINDS: readonly EnvelopeKind[] = ['ticks', 'events', 'boards']
/** Limit of inflated events: over a hundred times a full envelope (a Kinesis put unit is 25 KB). */
const MAX_EVENTS_BYTES = 4 * 1024 * 1024
/** Most bytes of an envelope without its body: four single bytes, eight numbers of eight bytes, the CRC. */
const MOST_HEADER_BYTES = 4 + 8 * 8 + CRC_BYTES

/** The bytes are not an envelope. */
export class EnvelopeError extends Error {
  override readonly name = 'EnvelopeError'
}

/** Collects ticks of one lane and trading date into an envelope. */
export class EnvelopeWriter {
  readonly #encoder = new TickEncoder()

  /** Ticks added since the last {@link finish}. */
  get count(): number {
    return this.#encoder.count
  }

  /** Most bytes of the envelope with its current ticks; 0 without ticks. */
  get bytes(): number {
    return this.count === 0 ? 0 : MOST_HEADER_BYTES + this.#encoder.bytes
  }

  /** @throws RangeError if the format cannot hold a number of the tick. */
  add(tick: Tick): void {
    this.#encoder.add(tick)
  }

  /** Returns the envelope and empties the writer. */
  finish(header: EnvelopeHeader): Uint8Array {
    const { count } = this.#encoder
    return finish('ticks', header, [count], this.#encoder.finish())
  }
}

/** Encodes an envelope of events. */
export function encodeEvents(header: EnvelopeHeader, events: readonly StreamEvent[]): Uint8Array {
  return finish('events', header, [], deflateSync(JSON.stringify(events)))
}

/**
 * Encodes an envelope of whole boards, a part of a key frame.
 * @throws RangeError if the format cannot hold a number of a tick.
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
  return finish('boards', header, [part, parts, count], encoder.finish())
}

/**
 * Decodes an envelope: version, kind, header, numbers of the kind, body, and the CRC-32 of all bytes before.
 * @throws EnvelopeError if the bytes are not an envelope.
 * @throws UnknownVersionError if another release wrote them in another version.
 */
export function decodeEnvelope(bytes: Uint8Array): Envelope {
  return withEnvelopeError(bytes, () => {
    const { kind, header, reader } = open(bytes)
    const { line, tradingDate } = header
    switch (kind) {
      case 'ticks': {
        const count = reader.unsigned()
        return { kind, ...header, ticks: decodeTicks(reader.rest(), count, line, tradingDate) }
      }
      case 'events': {
        const text = inflateSync(reader.rest(), { maxOutputLength: MAX_EVENTS_BYTES }).toString()
        return { kind, ...header, events: JSON.parse(text) as StreamEvent[] }
      }
      case 'boards': {
        const [part, parts, count] = [reader.unsigned(), reader.unsigned(), reader.unsigned()]
        return { kind, ...header, part, parts, ticks: decodeTicks(reader.rest(), count, line, tradingDate) }
      }
    }
  })
}

/**
 * Decodes the kind and the header of an envelope, without its body.
 * @throws EnvelopeError if the bytes are not an envelope.
 * @throws UnknownVersionError if another release wrote them in another version.
 */
export function decodeHeader(bytes: Uint8Array): { kind: EnvelopeKind; header: EnvelopeHeader } {
  return withEnvelopeError(bytes, () => {
    const { kind, header } = open(bytes)
    return { kind, header }
  })
}

/** Returns an error if another release wrote an envelope in another version. Damaged bytes have no version. */
export function unknownVersionOf(bytes: Uint8Array): UnknownVersionError | undefined {
  if (bytes[0] === VERSION) return undefined
  try {
    decodeHeader(bytes)
    return undefined
  } catch (error) {
    return error instanceof UnknownVersionError ? error : undefined
  }
}

function open(bytes: Uint8Array): { kind: EnvelopeKind; header: EnvelopeHeader; reader: ByteReader } {
  const reader = unseal(bytes, 'envelope', VERSION)
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

/** Runs a reader of `bytes`. Any other error becomes an {@link EnvelopeError}. */
function withEnvelopeError<T>(bytes: Uint8Array, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof EnvelopeError || error instanceof UnknownVersionError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new EnvelopeError(`expected an envelope, got ${bytes.length} invalid bytes: ${reason}`, {
      cause: error,
    })
  }
}

function finish(
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
  return seal(out)
}
