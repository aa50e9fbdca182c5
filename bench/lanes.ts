/**
 * Envelopes as the ingest tasks of the three lines would cut them, by market time instead of the clock on the wall.
 *
 * The lanes are the task's own, with their limit on bytes. When they are looked at, and how long ticks gather, is
 * replayed here; a put takes no time. A slow put makes ticks wait for each other, and envelopes only better.
 */
import { LANES } from '../cdk/settings.ts'
import { createLane, type Lane } from '../ingest-task/publish/lane.ts'
import { LINES, laneOf } from '../market/lane.ts'
import type { Tick } from '../market/tick.ts'

/** How long ticks gather in a lane, µs: FLUSH_MILLISECONDS of ingest-task/publish/lane.ts. */
const GATHER = 20_000
/** How often the lanes are looked at, µs: LOOK_INTERVAL of ingest-task/publish/publisher.ts. */
const LOOK_INTERVAL = 5_000
/** Any start of a sending process will do, but one of today's size, because it is written in every header. */
const EPOCH = Date.UTC(2026, 10, 19, 23)

interface Outlet {
  readonly lane: Lane
  /** Market time of the first tick that gathers. */
  since: number | undefined
}

/** Takes the ticks of one line in the order of time; their boards may be live. */
export interface Cutter {
  add(tick: Tick): void
  /** All envelopes, with whatever still gathered. */
  finish(): Uint8Array[]
}

export function createCutter(line: number): Cutter {
  const envelopes: Uint8Array[] = []
  const outlets: Outlet[] = Array.from({ length: LANES }, (_, lane) => ({
    lane: createLane(line, lane, EPOCH),
    since: undefined,
  }))
  const byIssue = new Map<string, Outlet>()
  let nextLook = 0

  const look = (time: number): void => {
    for (const outlet of outlets) {
      const { lane, since } = outlet
      const isDue = since !== undefined && time - since >= GATHER
      const now = isDue ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY
      for (let bytes = lane.next(now, false); bytes !== undefined; bytes = lane.next(now, false)) {
        envelopes.push(bytes)
        lane.published()
      }
      if (isDue) outlet.since = undefined
    }
  }

  return {
    add(tick) {
      if (nextLook === 0) nextLook = tick.time
      for (; nextLook <= tick.time; nextLook += LOOK_INTERVAL) look(nextLook)
      const { issue } = tick.board
      let outlet = byIssue.get(issue)
      if (outlet === undefined) {
        outlet = outlets[laneOf(issue, LANES)]!
        byIssue.set(issue, outlet)
      }
      const waited = outlet.lane.waitingBytes
      outlet.since ??= tick.time
      outlet.lane.add(tick)
      // Fewer bytes wait than before: the lane was full, and what gathered is an envelope now.
      if (outlet.lane.waitingBytes < waited) outlet.since = undefined
    },
    finish() {
      // Longer than the time to gather from now, whatever waits is due.
      look(nextLook + 2 * GATHER)
      return envelopes
    },
  }
}

/** @param ticks of all lines, in the order of time. */
export function cutEnvelopes(ticks: readonly Tick[]): Uint8Array[] {
  const cutters = Array.from({ length: LINES }, (_, index) => createCutter(index + 1))
  for (const tick of ticks) cutters[tick.line - 1]!.add(tick)
  return cutters.flatMap(cutter => cutter.finish())
}
