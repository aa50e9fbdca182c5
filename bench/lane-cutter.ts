/**
 * Cuts envelopes as the ingest tasks of the three lines cut them, but by market time.
 *
 * The lanes are the code of ingest-task, with its byte limit. This file replaces the timers of the publisher by market
 * time, and assumes that a put takes no time. A slow put would make envelopes larger and bytes a tick fewer.
 */
import { LANES } from '../cdk/sizing.ts'
import { FLUSH_MILLISECONDS } from '../ingest-task/publish/gather-time.ts'
import { KEY_FRAME_INTERVAL } from '../ingest-task/publish/key-frames.ts'
import { createLane, type Lane } from '../ingest-task/publish/lane-sender.ts'
import { LOOK_INTERVAL } from '../ingest-task/publish/publisher.ts'
import { LINES, laneOf } from '../market/lane.ts'
import type { Tick } from '../market/tick.ts'
import { asEpochMillis } from '../market/units.ts'

/** Milliseconds of the publisher as market time (µs): how long ticks gather, and how often lanes are checked. */
const GATHER = FLUSH_MILLISECONDS * 1000
const LOOK = LOOK_INTERVAL * 1000
/** Market time (µs) between the key frames of one lane and the next: lanes take turns. */
const KEY_FRAME_TURN = (KEY_FRAME_INTERVAL / LANES) * 1000
/** Start of the sending process, epoch ms: a value of today's size, because every header contains it. */
const EPOCH = asEpochMillis(Date.UTC(2026, 10, 19, 23))
/** Position in the line: a typical value, because every header contains it. */
const POSITION = 100_000

interface Outlet {
  readonly lane: Lane
  /** Market time of the first tick that gathers. */
  since: number | undefined
}

/** Cuts the ticks of one line, which must be in the order of time, into envelopes. */
export interface Cutter {
  add(tick: Tick): void
  /** Sends the ticks that still gather. */
  finish(): void
}

const openLane = (line: number, number: number): Lane =>
  createLane({
    line,
    number,
    epoch: EPOCH,
    follows: undefined,
    read: () => ({ position: POSITION, reached: POSITION }),
    gather: () => FLUSH_MILLISECONDS,
  })

/** Sends the due envelopes of a lane; with `all`, also the ticks that still gather. */
function takeOut(lane: Lane, all: boolean, send: (envelope: Uint8Array) => void): void {
  const now = all ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY
  for (let bytes = lane.next(now, all); bytes !== undefined; bytes = lane.next(now, all)) {
    send(bytes)
    lane.published()
  }
}

/**
 * Creates a cutter for a line.
 * @param send receives each envelope when it is due.
 * @param boards returns the latest tick of every issue, for key frames. Without ticks there are no key frames.
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
      // Fewer bytes wait than before: the lane was full, and its ticks are in an envelope now.
      if (outlet.lane.waitingBytes < waited) outlet.since = undefined
    },
    finish() {
      // At a time this far ahead, all waiting ticks are due.
      look(nextLook + 2 * GATHER)
    },
  }
}

/**
 * Cuts ticks into envelopes, without key frames.
 * @param ticks ticks of all lines, in the order of time.
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

/** Returns the bytes of one key frame of every lane. */
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
