/** Random markets for property tests: ticks of a few issues, in the order in which a line sends them. */
import fc from 'fast-check'
import { FLUSH_MILLISECONDS } from '../../ingest-task/publish/gather-time.ts'
import { createLane } from '../../ingest-task/publish/lane-sender.ts'
import { ABSENT, ASKS, BIDS, copyBoard, emptyBoard, F } from '../../market/board.ts'
import { decodeHeader, type EnvelopeHeader } from '../../market/codec/envelope.ts'
import { laneOf } from '../../market/lane.ts'
import { momentToIso } from '../../market/moment.ts'
import type { Tick } from '../../market/tick.ts'
import { deriveTrade } from '../../market/trade.ts'
import { asEpochMillis, asTradingDate, type EpochMicros, PRICE_SCALE } from '../../market/units.ts'
import { LANES } from './stored-lanes.ts'

export const TRADING_DATE = asTradingDate(20261120)
/** 9:00. */
export const MORNING = 9 * 3_600_000_000
export const ISSUES = ['7203', '6758', '130A', '25935'] as const

const FIELDS = [F.marketBuy, F.marketSell, F.over, F.under, F.askSign, F.bidSign, F.high, F.low] as const

const step = fc.record({
  issue: fc.constantFrom(...ISSUES),
  /** Time since the previous tick, µs. Several ticks may have the same microsecond. */
  pause: fc.oneof(
    fc.constant(0),
    fc.integer({ min: 1, max: 2_000_000 }),
    fc.integer({ min: 1, max: 90_000_000 }),
  ),
  /** Number of messages of other issues since the previous tick. */
  skipped: fc.integer({ min: 0, max: 3 }),
  traded: fc.option(
    fc.record({ price: fc.integer({ min: 900, max: 1100 }), lots: fc.integer({ min: 1, max: 50 }) }),
    { nil: undefined },
  ),
  level: fc.integer({ min: 0, max: 9 }),
  side: fc.constantFrom(ASKS, BIDS),
  quote: fc.option(
    fc.record({ price: fc.integer({ min: 900, max: 1100 }), lots: fc.integer({ min: 0, max: 99 }) }),
    {
      nil: undefined,
    },
  ),
  field: fc.constantFrom(...FIELDS),
  value: fc.oneof(fc.constant(ABSENT), fc.integer({ min: 0, max: 5 })),
})

/** Generates ticks of a line from 9:00 on, with the trades that ingest derives. */
export const ticksOfLine = (options: { maxLength: number; minLength?: number }): fc.Arbitrary<Tick[]> =>
  fc.array(step, options).map(steps => {
    const boards = new Map<string, Tick['board']>()
    let time = MORNING
    let sequence = 0
    return steps.map(({ issue, pause, skipped, traded, level, side, quote, field, value }) => {
      time += pause
      sequence += 1 + skipped
      const before = boards.get(issue)
      const board = before === undefined ? emptyBoard(issue) : copyBoard(before)
      const { values } = board
      values[F.updateNumber] = before === undefined ? 1 : values[F.updateNumber]! + 1
      values[field] = value
      values[F.statusTime] = time
      values[side + 2 * level] = quote === undefined ? ABSENT : quote.price * PRICE_SCALE
      values[side + 2 * level + 1] = quote === undefined ? ABSENT : quote.lots * 100
      if (values[F.volume] === ABSENT) values[F.volume] = 0
      if (traded !== undefined) {
        values[F.volume] = values[F.volume]! + traded.lots * 100
        values[F.last] = traded.price * PRICE_SCALE
        values[F.lastTime] = time
      }
      boards.set(issue, board)
      const trade = before === undefined ? undefined : deriveTrade(before, board)
      return {
        tradingDate: TRADING_DATE,
        line: 1,
        sequence,
        time,
        board,
        ...(trade === undefined ? {} : { trade }),
      }
    })
  })

/** Returns `count` ticks, the same at every call with the same seed. */
export function sampleTicks(count: number, seed = 7): Tick[] {
  return fc.sample(ticksOfLine({ minLength: count, maxLength: count }), { numRuns: 1, seed })[0] ?? []
}

/** Generates slices of `items` at random borders, in order. */
export const slicesOf = <T>(items: readonly T[]): fc.Arbitrary<T[][]> =>
  fc
    .array(fc.integer({ min: 1, max: Math.max(1, Math.ceil(items.length / 2)) }), { minLength: 1 })
    .map(sizes => {
      const slices: T[][] = []
      for (let start = 0, i = 0; start < items.length; i++) {
        const size = sizes[i % sizes.length]!
        slices.push(items.slice(start, start + size))
        start += size
      }
      return slices
    })

/** Returns the envelopes that ingest publishes if it flushes at the borders of `slices`. */
export function envelopesOf(slices: readonly (readonly Tick[])[], epoch = 1): Uint8Array[] {
  const sender = openSender(epoch)
  return slices.flatMap(sender.send)
}

/** The lanes of an ingest task. */
export interface Sender {
  /** Returns one envelope for each lane of the ticks. */
  send(ticks: readonly Tick[]): Uint8Array[]
  /** Returns the key frames of all lanes. */
  keyFrames(): Uint8Array[]
  /** Returns one envelope a lane, which reports that all ticks up to a moment were sent. */
  complete(until: EpochMicros): Uint8Array[]
  /** Returns what the lease of the line has of this task at this moment. */
  published(): PublishedPlace
}

/** What a task has published, at one moment. */
export interface PublishedPlace {
  /** Headers of the last envelopes, by lane. */
  readonly last: ReadonlyMap<number, EnvelopeHeader>
  /** The latest ticks without trades, by issue. */
  readonly boards: ReadonlyMap<string, Tick>
  /** Sequence of the last tick. */
  readonly position: number
}

/**
 * @param before what the new task continues: it sends every tick after this place.
 * @param count number of lanes.
 */
export function openSender(epoch: number, before?: PublishedPlace, line = 1, count = LANES): Sender {
  const last = new Map(before?.last)
  const boards = new Map(before?.boards)
  let position = before?.position ?? 0
  const lanes = Array.from({ length: count }, (_, number) =>
    createLane({
      line,
      number,
      epoch: asEpochMillis(epoch),
      follows: before?.last.get(number),
      read: () => ({ position, reached: position }),
      gather: () => FLUSH_MILLISECONDS,
    }),
  )
  const publish = (): Uint8Array[] =>
    lanes.flatMap(lane => {
      const envelopes: Uint8Array[] = []
      for (let bytes = lane.next(0, true); bytes !== undefined; bytes = lane.next(0, true)) {
        envelopes.push(bytes)
        lane.published()
        const { header } = decodeHeader(bytes)
        last.set(header.lane, header)
      }
      return envelopes
    })
  return {
    published: () => ({ last: new Map(last), boards: new Map(boards), position }),
    send(ticks) {
      for (const tick of ticks) {
        const { issue } = tick.board
        lanes[laneOf(issue, count)]!.add(tick, true)
        const { trade: _, lost: __, ...board } = tick
        boards.set(issue, board)
        position = Math.max(position, tick.sequence)
      }
      return publish()
    },
    complete(until) {
      for (const lane of lanes) {
        lane.addEvents(TRADING_DATE, [{ type: 'complete', until: momentToIso(until) }])
      }
      return publish()
    },
    keyFrames() {
      for (const [number, lane] of lanes.entries()) {
        const ofLane = [...boards.values()].filter(({ board }) => laneOf(board.issue, count) === number)
        lane.addBoards(TRADING_DATE, ofLane)
      }
      return publish()
    },
  }
}
