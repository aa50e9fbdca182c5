/** An ingest task that reads a line through cables with faults, and checks of everything it publishes. */
import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import { IssueIndex } from '../../../ingest-task/flex/issue-index.ts'
import { messageEnd } from '../../../ingest-task/flex/message-header.ts'
import type { IngestStats } from '../../../ingest-task/ingest.ts'
import { contentOf } from '../../../ingest-task/line/content.ts'
import { encodeFrame } from '../../../ingest-task/line/frame.ts'
import type { Exchange } from '../../../local/exchange/exchange.ts'
import { zip } from '../../../local/line/zip-writer.ts'
import type { Envelope } from '../../../market/codec/envelope.ts'
import { timeOfDay } from '../../../market/moment.ts'
import type { Tick } from '../../../market/tick.ts'
import { until } from '../../until.ts'
import { openStream } from '../ingest-stream.ts'
import {
  lineEventsOf,
  MARKET,
  marketClock,
  NOBODY,
  openLines,
  type Running,
  runIngest,
  statesOf,
} from '../line-and-stream.ts'
import { assertOrdered, assertTrue, joinedAt, openTruth, ticksOf } from '../line-truth.ts'
import { type Cable, type Damage, openCable } from './cable.ts'
import { parseFrame } from './damaged-frames.ts'

const LINE = 1
/** The error of a connection to it. */
const UNREACHABLE = `connect ECONNREFUSED 127.0.0.1:${NOBODY}`

/** Sequences of states of the line, as readers of the stream see them. */
export const LIVE = ['stale', 'recovering', 'live', 'stale']
export const RECOVERED = ['stale', 'recovering', 'live', 'recovering', 'live', 'stale']
export const RECONNECTED = ['stale', 'recovering', 'live', 'stale', 'recovering', 'live', 'stale']

export interface Result {
  readonly seen: {
    readonly states: readonly string[]
    /** Kinds of reasons of ended connections. */
    readonly reasons: readonly unknown[]
    /** Counters of messages without a tick, from the first `live` state to the last tick. */
    readonly missing: readonly number[]
  }
  readonly log: Running['log']
  readonly ticks: readonly Tick[]
  /** Messages declared lost since the first `live` state. */
  readonly lost: number
  readonly stats: IngestStats
}

export interface FaultyLine {
  readonly port: number
  /** Runs a task with connection A only, through a cable. */
  alone(fault: (cable: Cable, task: Running) => Promise<void>): Promise<Result>
  /** Runs a task with A and B, each through its own cable. */
  both(fault: (a: Cable, b: Cable, task: Running) => Promise<void>): Promise<Result>
  close(): Promise<void>
}

/** @param arranged adds events to the exchange. */
export async function openFaultyLine(arranged?: (exchange: Exchange) => Exchange): Promise<FaultyLine> {
  const clock = marketClock()
  const truth = openTruth(MARKET)
  const lines = await openLines(clock, MARKET.tradingDate, [0, 0, 0], arranged)
  const port = lines.ports[LINE - 1]!

  /** Runs a fault once the task is live and all cables are in use, and checks everything published. */
  const run = async (
    cables: readonly Cable[],
    ports: readonly [number, number],
    fault: (task: Running) => Promise<void>,
  ): Promise<Result> => {
    const stream = await openStream()
    try {
      const task = runIngest(stream, clock, LINE, ports)
      await task.logged('line is live')
      await until(
        () => cables.every(({ connections }) => connections > 0),
        'a connection through every cable',
      )
      await wait(100)
      await fault(task)
      for (const cable of cables) cable.damage(undefined)
      await wait(200)
      await task.close()
      const envelopes = await stream.envelopes()
      const ticks = ticksOf(envelopes, LINE)
      assertOrdered(ticks)
      assertTrue(ticks, truth.of(LINE, timeOfDay(clock.now())))
      const sequences = new Set(ticks.map(({ sequence }) => sequence))
      const [joined, last] = [joinedAt(envelopes, LINE), Math.max(...sequences)]
      const all = Array.from({ length: last - joined }, (_, index) => joined + 1 + index)
      return {
        seen: {
          states: statesOf(envelopes, LINE),
          reasons: task.log.flatMap(({ details }) =>
            'kind' in details && details.reason !== UNREACHABLE ? [details.kind] : [],
          ),
          missing: all.filter(number => !sequences.has(number)),
        },
        log: task.log,
        ticks,
        lost: lostSinceLive(envelopes),
        stats: task.stats(),
      }
    } finally {
      for (const cable of cables) await cable.close()
      await stream.close()
    }
  }

  return {
    port,
    async alone(fault) {
      const cable = await openCable(port)
      return run([cable], [cable.port, NOBODY], task => fault(cable, task))
    },
    async both(fault) {
      const [a, b] = await Promise.all([openCable(port), openCable(port)])
      return run([a, b], [a.port, b.port], task => fault(a, b, task))
    },
    close: () => lines.close(),
  }
}

/** Returns the messages lost between the first and the last `live` state, from the events of the line. */
function lostSinceLive(envelopes: readonly Envelope[]): number {
  const live = lineEventsOf(envelopes, LINE).filter(({ state }) => state === 'live')
  return (live.at(-1)?.lost ?? 0) - (live[0]?.lost ?? 0)
}

export function isLivePrices(bytes: Buffer): boolean {
  const { type, snapshot } = parseFrame(bytes)
  return type === 'prices' && !snapshot
}

/** Whether a later message of the frame has the issue of its first message, so that no snapshot shows the first one. */
export function hasHiddenMessage(frame: Buffer): boolean {
  if (!isLivePrices(frame)) return false
  const content = contentOf(parseFrame(frame))
  assert.ok(content.kind === 'messages')
  const { bytes } = content
  const issues = new IssueIndex(issue => issue)
  const first = issues.of(bytes, 0)
  for (let at = messageEnd(bytes, 0); at < bytes.length; at = messageEnd(bytes, at)) {
    if (issues.of(bytes, at) === first) return true
  }
  return false
}

/** Damages the first `count` price frames only. */
export function first(count: number, damage: Damage): Damage {
  let left = count
  return frame => (isLivePrices(frame) && left-- > 0 ? damage(frame) : [frame])
}

/**
 * Damages `count` frames each time they come, on all cables that share the damage: the first frame with `isSuch` and the
 * frames with the next numbers.
 */
export function always(damage: Damage, isSuch: (frame: Buffer) => boolean = isLivePrices, count = 1): Damage {
  let from: number | undefined
  return frame => {
    if (!isSuch(frame)) return [frame]
    const { sequence } = parseFrame(frame)
    from ??= sequence
    return sequence >= from && sequence < from + count ? damage(frame) : [frame]
  }
}

export const withPayload = (bytes: Buffer, payload: Uint8Array): Buffer =>
  encodeFrame({ ...parseFrame(bytes), zip: true, payload })

export const zipped = (bytes: number): Buffer => zip('prices.txt', Buffer.alloc(bytes, 'board'), false)

/** Checks that messages without a tick are counted as lost, and that a later tick is marked. */
export function assertDeclared({ seen, ticks, lost }: Result): void {
  assert.ok(seen.missing.length > 0)
  assert.equal(lost, seen.missing.length)
  const from = Math.min(...seen.missing)
  assert.ok(ticks.some(tick => tick.lost && tick.sequence > from))
}
