/** The publishers of three lines, and one shard that takes what they publish and checks it. */
import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import { LANES } from '../../cdk/sizing.ts'
import { Publisher } from '../../ingest-task/publish/publisher.ts'
import { boardsEqual } from '../../market/board.ts'
import { decodeEnvelope, type Envelope } from '../../market/codec/envelope.ts'
import { LINE_NUMBERS, laneName, laneOf } from '../../market/lane.ts'
import type { Tick } from '../../market/tick.ts'
import { START, TRADING_DATE } from '../opening.ts'
import { openFullShard } from './full-shard.ts'
import type { VirtualTime } from './virtual-time.ts'

/** What the shard has taken. */
export interface Taken {
  /** Bytes of all envelopes, with key frames. */
  bytes: number
  /** Put units: Kinesis counts each record by 25 KB. */
  units: number
  tickEnvelopes: number
  tickBytes: number
  ticks: number
  /** From the time of each tick until the shard took its envelope, ms. */
  readonly latencies: number[]
}

/** What waits in front of the shard. */
export interface Waiting {
  readonly bytes: number
  readonly envelopes: number
  /** Ticks of paused lines, which the exchange keeps. */
  readonly kept: number
}

export interface CrowdedShard {
  /** Gives a tick to the publisher of its line, or keeps it while the line is paused. */
  add(tick: Tick): void
  /** Gives the kept ticks of lines that are no longer paused. */
  giveKept(): void
  /** Returns what the shard took since the last call. */
  take(): Taken
  waiting(): Waiting
  /** Records that the shard has refused. */
  refused(): number
}

const PUT_UNIT_BYTES = 25 * 1024

interface Line {
  readonly publisher: Publisher
  readonly latest: Map<string, Tick>
  kept: Tick[]
  isPaused: boolean
}

/**
 * Opens the publishers and the shard.
 * @param isAway returns whether the shard refuses everything at a time, ms.
 * @throws AssertionError if an envelope does not hold exactly the next ticks of its lane.
 */
export function openCrowdedShard(time: VirtualTime, isAway: (now: number) => boolean): CrowdedShard {
  let taken = nothingTaken()
  /** The ticks that the shard has not taken, by lane. */
  const due = new Map<string, Tick[]>()
  const shard = openFullShard(time, isAway, bytes => {
    const envelope = decodeEnvelope(bytes)
    taken.bytes += bytes.length
    taken.units += Math.ceil(bytes.length / PUT_UNIT_BYTES)
    if (envelope.kind !== 'ticks') return
    const { line, lane, ticks } = envelope
    checkSame(ticks, due.get(laneName(line, lane))?.splice(0, ticks.length) ?? [])
    for (const tick of ticks) taken.latencies.push(time.now() - (tick.time - START) / 1000)
    taken.tickEnvelopes++
    taken.tickBytes += bytes.length
    taken.ticks += ticks.length
  })
  const lines = LINE_NUMBERS.map((line): Line => {
    const latest = new Map<string, Tick>()
    const pressure = (high: boolean): void => {
      opened.isPaused = high
    }
    const publisher = new Publisher({
      client: shard.client,
      streamName: 'ticks',
      line,
      lanes: LANES,
      published: undefined,
      boards: () => latest.values(),
      pressure,
      failed() {},
      delivered() {},
    })
    const opened: Line = { publisher, latest, kept: [], isPaused: false }
    return opened
  })

  const give = ({ publisher, latest }: Line, tick: Tick): void => {
    const lane = laneName(tick.line, laneOf(tick.board.issue, LANES))
    const waiting = due.get(lane) ?? []
    due.set(lane, waiting)
    waiting.push(tick)
    publisher.tick(tick, true)
    publisher.position(TRADING_DATE, tick.sequence, tick.sequence)
    const { trade: _, ...board } = tick
    latest.set(tick.board.issue, board)
  }

  return {
    add(tick) {
      const line = lines[tick.line - 1]!
      if (line.isPaused || line.kept.length > 0) line.kept.push(tick)
      else give(line, tick)
    },
    giveKept() {
      for (const line of lines) {
        if (line.isPaused || line.kept.length === 0) continue
        const { kept } = line
        line.kept = []
        for (const tick of kept) give(line, tick)
      }
    },
    take() {
      const result = taken
      taken = nothingTaken()
      return result
    },
    waiting() {
      let [bytes, envelopes, kept] = [0, 0, 0]
      for (const line of lines) {
        const { waitingBytes, waitingEnvelopes } = line.publisher.stats
        bytes += waitingBytes
        envelopes += waitingEnvelopes
        kept += line.kept.length
      }
      return { bytes, envelopes, kept }
    },
    refused: shard.refused,
  }
}

function nothingTaken(): Taken {
  return { bytes: 0, units: 0, tickEnvelopes: 0, tickBytes: 0, ticks: 0, latencies: [] }
}

type Ticks = Extract<Envelope, { kind: 'ticks' }>['ticks']

function checkSame(ticks: Ticks, expected: readonly Tick[]): void {
  assert.equal(ticks.length, expected.length)
  for (const [index, tick] of ticks.entries()) {
    const other = expected[index]!
    assert(tick.sequence === other.sequence && tick.time === other.time)
    assert(boardsEqual(tick.board, other.board) && isDeepStrictEqual(tick.trade, other.trade))
  }
}
