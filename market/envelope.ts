/**
 * The envelope: what one Kinesis record holds. It explains itself: an issue's first tick in it is its whole board,
 * later ones are differences, so a reader needs no memory and a lost envelope heals at the next.
 */
import { deflateSync, inflateSync } from 'node:zlib'
import { ByteReader, ByteWriter } from './bytes.ts'
import type { MarketEvent } from './event.ts'
import type { Tick } from './tick.ts'
import { decodeTicks, TickEncoder } from './tick-codec.ts'

export interface EnvelopeHeader {
  readonly line: number
  /** Lane of the line, from 0. */
  readonly lane: number
  /** Start of the sending process, epoch ms: a new epoch starts its counters anew. */
  readonly epoch: number
  /** Counts the lane's envelopes of an epoch from 1, without gaps: a reader sees whether it missed one. */
  readonly counter: number
  /** YYYYMMDD. */
  readonly tradingDate: number
}

export type Envelope = EnvelopeHeader &
  (
    | { readonly kind: 'ticks'; readonly ticks: readonly Tick[] }
    | { readonly kind: 'events'; readonly events: readonly MarketEvent[] }
  )

/** Layout version of the bytes. */
const VERSION = 1
const KINDS = ['ticks', 'events'] as const
/** A body may not inflate beyond this: over a hundred times a full envelope (a put unit is 25 KB). */
const MAX_BODY_BYTES = 4 * 1024 * 1024
/** Fast, and already most of what can be had: the body is differences. */
const DEFLATE_LEVEL = 4

/** The bytes are not an envelope that this version reads. */
export class EnvelopeError extends Error {
  override readonly name = 'EnvelopeError'
}

/** Collects ticks of one lane and trading date. */
export class EnvelopeWriter {
  readonly #body = new ByteWriter()
  readonly #encoder = new TickEncoder(this.#body)

  /** Ticks added since the last {@link finish}. */
  get count(): number {
    return this.#encoder.count
  }

  /** Bytes of the body so far, before compression. */
  get rawBytes(): number {
    return this.#body.length
  }

  /** @throws RangeError when a number of the tick is beyond what the format can hold. */
  add(tick: Tick): void {
    this.#encoder.add(tick)
  }

  /** The finished envelope. The writer is then empty, ready for the next. */
  finish(header: EnvelopeHeader): Uint8Array {
    const bytes = seal('ticks', header, this.#body.view())
    this.#body.clear()
    this.#encoder.clear()
    return bytes
  }
}

/** An envelope of events. */
export function encodeEvents(header: EnvelopeHeader, events: readonly MarketEvent[]): Uint8Array {
  return seal('events', header, Buffer.from(JSON.stringify(events)))
}

/**
 * Version, kind, header, then the body as zlib data, whose checksum covers it.
 * @throws EnvelopeError saying what was expected and what came.
 */
export function decodeEnvelope(bytes: Uint8Array): Envelope {
  try {
    const reader = new ByteReader(bytes)
    const version = reader.byte()
    if (version !== VERSION) throw new EnvelopeError(`expected envelope version ${VERSION}, got ${version}`)
    const code = reader.byte()
    const kind = KINDS[code]
    const header: EnvelopeHeader = {
      line: reader.byte(),
      lane: reader.byte(),
      epoch: reader.unsigned(),
      counter: reader.unsigned(),
      tradingDate: reader.unsigned(),
    }
    const body = inflateSync(reader.rest(), { maxOutputLength: MAX_BODY_BYTES })
    switch (kind) {
      case 'ticks':
        return { kind, ...header, ticks: decodeTicks(body, header.line, header.tradingDate) }
      case 'events':
        return { kind, ...header, events: JSON.parse(body.toString()) as MarketEvent[] }
      default:
        throw new EnvelopeError(`expected an envelope kind of 0 to ${KINDS.length - 1}, got ${code}`)
    }
  } catch (error) {
    if (error instanceof EnvelopeError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new EnvelopeError(`expected an envelope, got ${bytes.length} bytes that are none: ${reason}`, {
      cause: error,
    })
  }
}

function seal(kind: (typeof KINDS)[number], header: EnvelopeHeader, body: Uint8Array): Uint8Array {
  const out = new ByteWriter()
  out.byte(VERSION)
  out.byte(KINDS.indexOf(kind))
  out.byte(header.line)
  out.byte(header.lane)
  out.unsigned(header.epoch)
  out.unsigned(header.counter)
  out.unsigned(header.tradingDate)
  out.raw(deflateSync(body, { level: DEFLATE_LEVEL }))
  return out.copy()
}
