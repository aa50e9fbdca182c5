/**
 * Envelopes as the ingest tasks of the three lines would cut them, by market time instead of the clock on the wall.
 *
 * The lanes are the task's own, with their limit on bytes. When they are looked at, and how long ticks gather, is
 * replayed here; a put takes no time. A slow put makes ticks wait for each other, and envelopes only better.
 */
import { LANES } from '../cdk/sizing.ts'
import { createLane, FLUSH_MILLISECONDS, type Lane } from '../ingest-task/publish/lane-sender.ts'
import { KEY_FRAME_INTERVAL, LOOK_INTERVAL } from '../ingest-task/publish/publisher.ts'
import { LINES, laneOf } from '../market/lane.ts'
import type { Tick } from '../market/tick.ts'

/** Market time is in microseconds. */
const GATHER = FLUSH_MILLISECONDS * 1000
const LOOK = LOOK_INTERVAL * 1000
/** Lanes take turns with their key frames. */
const KEY_FRAME_TURN = (KEY_FRAME_INTERVAL / LANES) * 1000
/** Any start of a sending process will do, but one of today's size, because it is written in every header. */
const EPOCH = Date.UTC(2026, 10, 19, 23)
/** The same: a frame of the line's first hour. */
const POSITION = 100_000

interface Outlet {
  readonly lane: Lane
  /** Market time of the first tick that gathers. */
  since: number | undefined
}

/** Takes the ticks of one line in the order of time; their boards may be live. */
export interface Cutter {
  add(tick: Tick): void
  /** Sends whatever still gathers. */
  finish(): void
}

const openLane = (line: number, number: number): Lane =>
  createLane({
    line,
    number,
    epoch: EPOCH,
    follows: undefined,
    read: () => ({ position: POSITION, reached: POSITION }),
  })

/** Takes out what is to be put; with `all`, also what still gathers. */
function takeOut(lane: Lane, all: boolean, send: (envelope: Uint8Array) => void): void {
  const now = all ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY
  for (let bytes = lane.next(now, all); bytes !== undefined; bytes = lane.next(now, all)) {
    send(bytes)
    lane.published()
  }
}

/**
 * @param send gets each envelope when it is to be put.
 * @param boards the latest tick of every issue, for key frames; none are sent of none.
 */
export function createCutter(
  line: number,
  send: (envelope: Uint8Array) => void,
  boards: () => Iterable<Tick>,
): Cutter {
  const outlets: Outlet[] = Array.from({ length: LANES }, (_, number) => ({
    lane: openLane(line, number),
    since: undefined,
  }))
  const byIssue = new Map<string, Outlet>()
  let nextLook = 0
  let nextKeyFrame = 0
  let turn = 0

  const outletOf = (issue: string): Outlet => {
    let outlet = byIssue.get(issue)
    if (outlet === undefined) {
      outlet = outlets[laneOf(issue, LANES)]!
      byIssue.set(issue, outlet)
    }
    return outlet
  }

  const addKeyFrame = (): void => {
    const outlet = outlets[turn++ % LANES]!
    const ticks = [...boards()].filter(({ board }) => outletOf(board.issue) === outlet)
    if (ticks.length > 0) outlet.lane.addBoards(ticks[0]!.tradingDate, ticks)
  }

  const look = (time: number): void => {
    if (time >= nextKeyFrame) {
      if (nextKeyFrame > 0) addKeyFrame()
      nextKeyFrame = time + KEY_FRAME_TURN
    }
    for (const outlet of outlets) {
      const { lane, since } = outlet
      const isDue = since !== undefined && time - since >= GATHER
      takeOut(lane, isDue, send)
      if (isDue) outlet.since = undefined
    }
  }

  return {
    add(tick) {
      if (nextLook === 0) nextLook = tick.time
      for (; nextLook <= tick.time; nextLook += LOOK) look(nextLook)
      const outlet = outletOf(tick.board.issue)
      const waited = outlet.lane.waitingBytes
      outlet.since ??= tick.time
      outlet.lane.add(tick, true)
      // Fewer bytes wait than before: the lane was full, and what gathered is an envelope now.
      if (outlet.lane.waitingBytes < waited) outlet.since = undefined
    },
    finish() {
      // Longer than the time to gather from now, whatever waits is due.
      look(nextLook + 2 * GATHER)
    },
  }
}

/**
 * Without key frames.
 * @param ticks of all lines, in the order of time.
 */
export function cutEnvelopes(ticks: readonly Tick[]): Uint8Array[] {
  const envelopes: Uint8Array[] = []
  const cutters = Array.from({ length: LINES }, (_, index) =>
    createCutter(
      index + 1,
      envelope => envelopes.push(envelope),
      () => [],
    ),
  )
  for (const tick of ticks) cutters[tick.line - 1]!.add(tick)
  for (const cutter of cutters) cutter.finish()
  return envelopes
}

/** Bytes of a key frame of every lane. */
export function keyFrameBytes(latest: Iterable<Tick>): number {
  let bytes = 0
  const byLane = Map.groupBy(latest, ({ line, board }) => line * LANES + laneOf(board.issue, LANES))
  for (const ticks of byLane.values()) {
    const { line, tradingDate, board } = ticks[0]!
    const lane = openLane(line, laneOf(board.issue, LANES))
    lane.addBoards(tradingDate, ticks)
    takeOut(lane, true, envelope => {
      bytes += envelope.length
    })
  }
  return bytes
}
