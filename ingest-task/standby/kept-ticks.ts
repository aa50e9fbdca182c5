/**
 * The ticks of a lane that the holder may not have published, in the format of envelopes: some 20 bytes a tick instead of the
 * 600 of a board.
 */
import { decodeEnvelope, type EnvelopeHeader, EnvelopeWriter } from '../../market/codec/envelope.ts'
import type { Tick } from '../../market/tick.ts'
import { asEpochMillis, type Millis, type TradingDate } from '../../market/units.ts'

/**
 * A batch is closed at this size, bytes, or after this time, real ms. Whole batches are dropped once the holder has published
 * them. The first tick of an issue in a batch is a whole board, so much smaller batches would take more bytes.
 */
const BATCH_BYTES = 24_000
const BATCH_MS = 200

interface Batch {
  readonly bytes: Uint8Array
  /** Counter of its last tick. */
  readonly last: number
}

export class KeptTicks {
  readonly #line: number
  readonly #lane: number
  readonly #writer = new EnvelopeWriter()
  #startedAt: Millis = 0
  #last = 0
  #tradingDate: TradingDate
  readonly #batches: Batch[] = []
  #bytes = 0

  constructor(line: number, lane: number, tradingDate: TradingDate) {
    this.#line = line
    this.#lane = lane
    this.#tradingDate = tradingDate
  }

  get bytes(): number {
    return this.#bytes + this.#writer.bytes
  }

  /** @param now real time, ms. */
  add(tick: Tick, now: Millis): void {
    if (this.#writer.count === 0) this.#startedAt = now
    this.#writer.add(tick)
    this.#last = tick.sequence
    if (this.#writer.bytes >= BATCH_BYTES || now - this.#startedAt >= BATCH_MS) this.#close()
  }

  /** Drops the batches of which all ticks have counters up to `sequence`. */
  drop(sequence: number): void {
    const kept = this.#batches.findIndex(({ last }) => last > sequence)
    const dropped = this.#batches.splice(0, kept < 0 ? this.#batches.length : kept)
    for (const { bytes } of dropped) this.#bytes -= bytes.length
  }

  /** Returns the ticks with counters after `sequence`, in their order. */
  *after(sequence: number): Iterable<Tick> {
    this.#close()
    for (const { bytes, last } of this.#batches) {
      if (last <= sequence) continue
      const batch = decodeEnvelope(bytes)
      if (batch.kind !== 'ticks') continue
      for (const tick of batch.ticks) if (tick.sequence > sequence) yield tick
    }
  }

  #close(): void {
    if (this.#writer.count === 0) return
    const bytes = this.#writer.finish(this.#header())
    this.#batches.push({ bytes, last: this.#last })
    this.#bytes += bytes.length
  }

  /** Returns a header for the format's sake: only line and trading date belong to the ticks. */
  #header(): EnvelopeHeader {
    const [line, lane, tradingDate] = [this.#line, this.#lane, this.#tradingDate]
    return { line, lane, epoch: asEpochMillis(0), counter: 0, tradingDate, position: 0, reached: 0 }
  }
}
