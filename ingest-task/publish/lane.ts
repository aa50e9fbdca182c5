/** One lane: its ticks become envelopes in order, each counted, and wait here until they are published. */
import { type EnvelopeHeader, EnvelopeWriter, encodeEvents } from '../../market/envelope.ts'
import type { MarketEvent } from '../../market/event.ts'
import type { Tick } from '../../market/tick.ts'

/** Compressed bytes an envelope aims at: a put unit of Kinesis is 25 KB, and the estimate may be a little out. */
const ENVELOPE_BYTES = 24_000
/** Ticks wait so long for others to share their envelope with, milliseconds. */
const FLUSH_MILLISECONDS = 20
/** Of the limit that the last compression suggests, this much is used, because the next may compress less well. */
const CAUTION = 0.9
/** A body compresses to a half or a third; beyond this the estimate has come from a body too small to tell. */
const MAX_RAW_BYTES = 4 * ENVELOPE_BYTES

export interface Lane {
  readonly number: number
  /** Bytes that wait, of envelopes and of ticks not yet in one. */
  readonly waitingBytes: number
  add(tick: Tick): void
  /** Events keep their place among the ticks of the lane. */
  addEvents(tradingDate: number, events: readonly MarketEvent[]): void
  /**
   * The envelope to publish next; undefined while there is none.
   * @param now real time, ms; ticks younger than 20 ms are left to gather, unless `all`.
   */
  next(now: number, all: boolean): Uint8Array | undefined
  /** The envelope of `next` is published. */
  published(): void
}

export function createLane(line: number, number: number, epoch: number): Lane {
  const writer = new EnvelopeWriter()
  const envelopes: Uint8Array[] = []
  let envelopeBytes = 0
  let counter = 0
  let firstAt = 0
  let rawLimit = ENVELOPE_BYTES
  let date = 0

  const push = (bytes: Uint8Array): void => {
    envelopes.push(bytes)
    envelopeBytes += bytes.length
  }

  const header = (tradingDate: number): EnvelopeHeader => ({
    line,
    lane: number,
    epoch,
    counter: ++counter,
    tradingDate,
    position: 0,
  })

  const seal = (): void => {
    if (writer.count === 0) return
    const raw = writer.rawBytes
    const bytes = writer.finish(header(date))
    rawLimit = Math.min(
      MAX_RAW_BYTES,
      Math.max(ENVELOPE_BYTES, (ENVELOPE_BYTES * CAUTION * raw) / bytes.length),
    )
    push(bytes)
  }

  return {
    number,
    get waitingBytes() {
      return envelopeBytes + writer.rawBytes
    },
    add(tick) {
      if (tick.tradingDate !== date) {
        seal()
        date = tick.tradingDate
      }
      if (writer.count === 0) firstAt = performance.now()
      writer.add(tick)
      if (writer.rawBytes >= rawLimit) seal()
    },
    addEvents(tradingDate, events) {
      seal()
      push(encodeEvents(header(tradingDate), events))
    },
    next(now, all) {
      if (envelopes.length === 0 && (all || now - firstAt >= FLUSH_MILLISECONDS)) seal()
      return envelopes[0]
    },
    published() {
      envelopeBytes -= envelopes.shift()!.length
    },
  }
}
