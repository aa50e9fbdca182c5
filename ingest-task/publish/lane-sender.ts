/** One lane: turns its ticks into numbered envelopes, which wait here until they are published. */
import {
  type EnvelopeHeader,
  EnvelopeWriter,
  encodeBoards,
  encodeEvents,
} from '../../market/codec/envelope.ts'
import type { StreamEvent } from '../../market/market-event.ts'
import { momentOf } from '../../market/moment.ts'
import type { Tick } from '../../market/tick.ts'
import {
  asTradingDate,
  type DayMicros,
  type EpochMillis,
  type Millis,
  type TradingDate,
} from '../../market/units.ts'
import { FLUSH_MILLISECONDS } from './gather-time.ts'
import { type Contents, type Read, type Settled, WaitingEnvelopes } from './waiting-envelopes.ts'

/**
 * An envelope is closed at this size while the shard takes every envelope, bytes. A put unit of Kinesis is 25 KB, and the
 * last tick may be a whole board.
 */
const ENVELOPE_BYTES = 24_000
/**
 * An envelope is closed at this size while the lane waits for the shard, bytes: four put units. A million of them cost
 * $0.02, and a larger envelope has fewer bytes a tick.
 */
const LARGEST_BYTES = 100_000
/** Parts of a key frame aim at this share of the largest size, because boards differ in size. */
const PART_SHARE = 0.9

export interface LaneOptions {
  readonly line: number
  readonly number: number
  /** See {@link EnvelopeHeader}. */
  readonly epoch: EpochMillis
  readonly follows: EnvelopeHeader['follows']
  /** What the previous process has published of the lane. Default: nothing. */
  readonly settled?: Settled | undefined
  /** Returns how far the line is read. */
  read(): Read
  /** Returns how long ticks gather for an envelope, milliseconds. @param now real time, ms. */
  gather(now: Millis): Millis
}

export interface Lane {
  /** Bytes of waiting envelopes and of ticks that are not in an envelope yet. */
  readonly waitingBytes: number
  /** Waiting envelopes. Ticks that are not in an envelope yet count as one envelope. */
  readonly waitingEnvelopes: number
  /** @param live false for a tick of a snapshot, which may be hours old. */
  add(tick: Tick, live: boolean): void
  /** Adds events, which keep their place among the ticks of the lane. */
  addEvents(tradingDate: TradingDate, events: readonly StreamEvent[]): void
  /**
   * Adds a key frame after all ticks so far. Does nothing while an earlier key frame waits.
   * @param ticks the latest tick of every issue of the lane, without trades.
   */
  addBoards(tradingDate: TradingDate, ticks: readonly Tick[]): void
  /**
   * Returns the envelope to publish next; undefined while there is none.
   * @param now real time, ms. Unless `all`, an envelope is closed {@link LaneOptions.gather} after its first tick.
   */
  next(now: Millis, all: boolean): Uint8Array | undefined
  /** Removes the envelope of `next`, which was published, and returns what it held. */
  published(): Contents
  /** The last envelope in the stream, and how far its sender had read the line then; undefined without any envelope. */
  readonly settled: Settled | undefined
}

const NOTHING_NEW: Contents = { ticks: 0, newest: undefined, sequence: 0 }

export function createLane({ line, number, epoch, follows, settled, read, gather }: LaneOptions): Lane {
  const writer = new EnvelopeWriter()
  const waiting = new WaitingEnvelopes(settled)
  /** Number of the latest envelope. */
  let counter = 0
  let firstAt = 0
  /** Ticks gather longer than they do while the shard takes every envelope. */
  let isSlow = false
  let date = asTradingDate(0)
  /** Time of the newest live tick since the last envelope. */
  let newest: DayMicros | undefined
  /** Highest counter of the ticks since the last envelope. */
  let sequence = 0

  /** Returns the header of the next envelope. */
  const header = (tradingDate: TradingDate): EnvelopeHeader => ({
    line,
    lane: number,
    epoch,
    counter: counter + 1,
    tradingDate,
    ...read(),
    ...(counter === 0 && follows !== undefined ? { follows } : {}),
  })

  const push = (of: EnvelopeHeader, bytes: Uint8Array, contents: Contents, isBoards = false): void => {
    counter = of.counter
    waiting.push(of, bytes, contents, isBoards)
  }

  const seal = (): void => {
    const { count: ticks } = writer
    if (ticks === 0) return
    const of = header(date)
    const contents = { ticks, newest: newest && momentOf(date, newest), sequence }
    push(of, writer.finish(of), contents)
    newest = undefined
    sequence = 0
  }

  return {
    get waitingBytes() {
      return waiting.bytes + writer.bytes
    },
    get waitingEnvelopes() {
      return waiting.count + (writer.count > 0 ? 1 : 0)
    },
    get settled() {
      return waiting.settled
    },
    add(tick, live) {
      if (tick.tradingDate !== date) {
        seal()
        date = tick.tradingDate
      }
      if (writer.count === 0) firstAt = performance.now()
      writer.add(tick)
      sequence = Math.max(sequence, tick.sequence)
      if (live) newest = Math.max(newest ?? 0, tick.time)
      if (writer.bytes >= (isSlow || waiting.count > 0 ? LARGEST_BYTES : ENVELOPE_BYTES)) seal()
    },
    addEvents(tradingDate, events) {
      seal()
      const of = header(tradingDate)
      push(of, encodeEvents(of, events), NOTHING_NEW)
    },
    addBoards(tradingDate, ticks) {
      if (waiting.hasBoards) return
      seal()
      const of = header(tradingDate)
      const whole = encodeBoards(of, 1, 1, ticks)
      const parts =
        whole.length <= ENVELOPE_BYTES ? 1 : Math.ceil(whole.length / (ENVELOPE_BYTES * PART_SHARE))
      if (parts === 1) return push(of, whole, NOTHING_NEW, true)
      const share = Math.ceil(ticks.length / parts)
      for (let part = 1; part <= parts; part++) {
        const ofPart = header(tradingDate)
        const some = ticks.slice((part - 1) * share, part * share)
        push(ofPart, encodeBoards(ofPart, part, parts, some), NOTHING_NEW, true)
      }
    },
    next(now, all) {
      const milliseconds = gather(now)
      isSlow = milliseconds > FLUSH_MILLISECONDS
      if (waiting.count === 0 && (all || now - firstAt >= milliseconds)) seal()
      return waiting.first
    },
    published: () => waiting.settle(),
  }
}
