/** One lane: its ticks become envelopes in order, each counted, and wait here until they are published. */
import { type EnvelopeHeader, EnvelopeWriter, encodeBoards, encodeEvents } from '../../market/envelope.ts'
import type { MarketEvent } from '../../market/event.ts'
import type { Tick } from '../../market/tick.ts'

/** Compressed bytes an envelope aims at: a put unit of Kinesis is 25 KB, and the estimate may be a little out. */
const ENVELOPE_BYTES = 24_000
/** Ticks wait so long for others to share their envelope with, milliseconds. */
export const FLUSH_MILLISECONDS = 20
/** Of the limit that the last compression suggests, this much is used, because the next may compress less well. */
const CAUTION = 0.9
/** A body compresses to a half or a third; beyond this the estimate has come from a body too small to tell. */
const MAX_RAW_BYTES = 4 * ENVELOPE_BYTES

export interface LaneOptions {
  readonly line: number
  readonly number: number
  /** See {@link EnvelopeHeader}. */
  readonly epoch: number
  readonly follows: EnvelopeHeader['follows']
  /** How far the line is read on a trading date; 0 where that is not known. */
  position(tradingDate: number): number
}

export interface Lane {
  /** Bytes that wait, of envelopes and of ticks not yet in one. */
  readonly waitingBytes: number
  /** Envelopes that wait; ticks not yet in one count as one. */
  readonly waitingEnvelopes: number
  add(tick: Tick): void
  /** Events keep their place among the ticks of the lane. */
  addEvents(tradingDate: number, events: readonly MarketEvent[]): void
  /**
   * A key frame, behind all ticks so far. While an earlier one still waits there is no use for another.
   * @param ticks the latest of every issue of the lane, without trades.
   */
  addBoards(tradingDate: number, ticks: readonly Tick[]): void
  /**
   * The envelope to publish next; undefined while there is none.
   * @param now real time, ms; ticks younger than 20 ms are left to gather, unless `all`.
   */
  next(now: number, all: boolean): Uint8Array | undefined
  /** The envelope of `next` is published. Returns how many new ticks were in it. */
  published(): number
}

interface Waiting {
  readonly bytes: Uint8Array
  readonly ticks: number
  readonly isBoards: boolean
}

export function createLane({ line, number, epoch, follows, position }: LaneOptions): Lane {
  const writer = new EnvelopeWriter()
  const envelopes: Waiting[] = []
  let envelopeBytes = 0
  /** Of the latest envelope. */
  let counter = 0
  let firstAt = 0
  let rawLimit = ENVELOPE_BYTES
  let date = 0

  const push = (bytes: Uint8Array, ticks = 0, isBoards = false): void => {
    counter++
    envelopes.push({ bytes, ticks, isBoards })
    envelopeBytes += bytes.length
  }

  /** Of the next envelope. */
  const header = (tradingDate: number): EnvelopeHeader => ({
    line,
    lane: number,
    epoch,
    counter: counter + 1,
    tradingDate,
    position: position(tradingDate),
    ...(counter === 0 && follows !== undefined ? { follows } : {}),
  })

  const seal = (): void => {
    const { count, rawBytes } = writer
    if (count === 0) return
    const bytes = writer.finish(header(date))
    rawLimit = Math.min(
      MAX_RAW_BYTES,
      Math.max(ENVELOPE_BYTES, (ENVELOPE_BYTES * CAUTION * rawBytes) / bytes.length),
    )
    push(bytes, count)
  }

  return {
    get waitingBytes() {
      return envelopeBytes + writer.rawBytes
    },
    get waitingEnvelopes() {
      return envelopes.length + (writer.count > 0 ? 1 : 0)
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
    addBoards(tradingDate, ticks) {
      if (envelopes.some(({ isBoards }) => isBoards)) return
      seal()
      const whole = encodeBoards(header(tradingDate), 1, 1, ticks)
      const parts = whole.length <= ENVELOPE_BYTES ? 1 : Math.ceil(whole.length / (ENVELOPE_BYTES * CAUTION))
      if (parts === 1) return push(whole, 0, true)
      const share = Math.ceil(ticks.length / parts)
      for (let part = 1; part <= parts; part++) {
        const some = ticks.slice((part - 1) * share, part * share)
        push(encodeBoards(header(tradingDate), part, parts, some), 0, true)
      }
    },
    next(now, all) {
      if (envelopes.length === 0 && (all || now - firstAt >= FLUSH_MILLISECONDS)) seal()
      return envelopes[0]?.bytes
    },
    published() {
      const { bytes, ticks } = envelopes.shift()!
      envelopeBytes -= bytes.length
      return ticks
    },
  }
}
