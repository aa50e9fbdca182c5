/** One lane: its ticks become envelopes in order, each counted, and wait here until they are published. */

import {
  type EnvelopeHeader,
  EnvelopeWriter,
  encodeBoards,
  encodeEvents,
} from '../../market/codec/envelope.ts'
import type { MarketEvent } from '../../market/market-event.ts'
import { momentOf } from '../../market/moment.ts'
import type { Tick } from '../../market/tick.ts'
import { asTradingDate, type EpochMillis, type Millis, type TradingDate } from '../../market/units.ts'

/** Bytes an envelope aims at: a put unit of Kinesis is 25 KB, and the last tick may be a whole board. */
const ENVELOPE_BYTES = 24_000
/** Parts of a key frame are cut by issues, whose boards are not all of a size: they aim at so much of the most. */
const EVENNESS = 0.9
/** Ticks wait so long for others to share their envelope with, milliseconds. */
export const FLUSH_MILLISECONDS = 20

/** How far a line is read. */
export type Read = Pick<EnvelopeHeader, 'position' | 'reached'>

export interface LaneOptions {
  readonly line: number
  readonly number: number
  /** See {@link EnvelopeHeader}. */
  readonly epoch: EpochMillis
  readonly follows: EnvelopeHeader['follows']
  /** How far the line is read by now. */
  read(): Read
}

export interface Lane {
  /** Bytes that wait, of envelopes and of ticks not yet in one. */
  readonly waitingBytes: number
  /** Envelopes that wait; ticks not yet in one count as one. */
  readonly waitingEnvelopes: number
  /** @param live false for one of a snapshot, which may be hours old. */
  add(tick: Tick, live: boolean): void
  /** Events keep their place among the ticks of the lane. */
  addEvents(tradingDate: TradingDate, events: readonly MarketEvent[]): void
  /**
   * A key frame, behind all ticks so far. While an earlier one still waits there is no use for another.
   * @param ticks the latest of every issue of the lane, without trades.
   */
  addBoards(tradingDate: TradingDate, ticks: readonly Tick[]): void
  /**
   * The envelope to publish next; undefined while there is none.
   * @param now real time, ms; ticks younger than 20 ms are left to gather, unless `all`.
   */
  next(now: Millis, all: boolean): Uint8Array | undefined
  /** The envelope of `next` is published. */
  published(): Contents
}

/** What an envelope tells that no earlier one has told. */
export interface Contents {
  readonly ticks: number
  /** Market time of the newest live tick, epoch µs. */
  readonly newest: number | undefined
}

interface Waiting {
  readonly bytes: Uint8Array
  readonly isBoards: boolean
  readonly contents: Contents
}

const NOTHING_NEW: Contents = { ticks: 0, newest: undefined }

export function createLane({ line, number, epoch, follows, read }: LaneOptions): Lane {
  const writer = new EnvelopeWriter()
  const envelopes: Waiting[] = []
  let envelopeBytes = 0
  /** Of the latest envelope. */
  let counter = 0
  let firstAt = 0
  let date = asTradingDate(0)
  /** Microseconds of that date. */
  let newest: number | undefined

  const push = (bytes: Uint8Array, contents: Contents, isBoards = false): void => {
    counter++
    envelopes.push({ bytes, isBoards, contents })
    envelopeBytes += bytes.length
  }

  /** Of the next envelope. */
  const header = (tradingDate: TradingDate): EnvelopeHeader => ({
    line,
    lane: number,
    epoch,
    counter: counter + 1,
    tradingDate,
    ...read(),
    ...(counter === 0 && follows !== undefined ? { follows } : {}),
  })

  const seal = (): void => {
    const { count } = writer
    if (count === 0) return
    push(writer.finish(header(date)), { ticks: count, newest: newest && momentOf(date, newest) })
    newest = undefined
  }

  return {
    get waitingBytes() {
      return envelopeBytes + writer.bytes
    },
    get waitingEnvelopes() {
      return envelopes.length + (writer.count > 0 ? 1 : 0)
    },
    add(tick, live) {
      if (tick.tradingDate !== date) {
        seal()
        date = tick.tradingDate
      }
      if (writer.count === 0) firstAt = performance.now()
      writer.add(tick)
      if (live) newest = Math.max(newest ?? 0, tick.time)
      if (writer.bytes >= ENVELOPE_BYTES) seal()
    },
    addEvents(tradingDate, events) {
      seal()
      push(encodeEvents(header(tradingDate), events), NOTHING_NEW)
    },
    addBoards(tradingDate, ticks) {
      if (envelopes.some(({ isBoards }) => isBoards)) return
      seal()
      const whole = encodeBoards(header(tradingDate), 1, 1, ticks)
      const parts = whole.length <= ENVELOPE_BYTES ? 1 : Math.ceil(whole.length / (ENVELOPE_BYTES * EVENNESS))
      if (parts === 1) return push(whole, NOTHING_NEW, true)
      const share = Math.ceil(ticks.length / parts)
      for (let part = 1; part <= parts; part++) {
        const some = ticks.slice((part - 1) * share, part * share)
        push(encodeBoards(header(tradingDate), part, parts, some), NOTHING_NEW, true)
      }
    },
    next(now, all) {
      if (envelopes.length === 0 && (all || now - firstAt >= FLUSH_MILLISECONDS)) seal()
      return envelopes[0]?.bytes
    },
    published() {
      const { bytes, contents } = envelopes.shift()!
      envelopeBytes -= bytes.length
      return contents
    },
  }
}
