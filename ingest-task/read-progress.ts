/** Decides up to which market time a line was certainly read: no tick up to this time can follow. */
import type { Clock } from '../market/clock.ts'
import { addMicros, asEpochMicros, type EpochMicros, type Millis } from '../market/units.ts'
import type { LineStats } from './line-seam.ts'

/** Milliseconds in which a message travels from the exchange to this task. Some ten are usual. */
const TRANSIT_MS = 1_000
/** Messages of different issues may be sent in another order than that of their times, up to this distance (ms). */
const DISORDER_MS = 2_000
/**
 * After a pause of the line, or of this program, unread bytes wait in the buffers of the sockets. They are a few MB, and
 * the task reads over 1 MB/s (docs/performance.md). A line that is behind the exchange shows it by a tick within this time.
 */
const CATCH_UP_MS = 10_000
/** A timer that is later (ms) shows that this program stood still. */
const STANDSTILL_MS = 1_000

export interface ReadProgress {
  /** Notes that the line is paused (true), or goes on. */
  pause(isPaused: boolean): void
  /**
   * Notes what a message has brought.
   * @param newest market time of the newest live tick so far. Undefined: there was none on the trading date.
   */
  received(newest: EpochMicros | undefined): void
  /** Returns the market time up to which everything was read; undefined if it is unknown. Call it at a fixed interval. */
  until(line: LineStats): EpochMicros | undefined
}

/**
 * @param interval real time between two calls of `until`, ms.
 * @param now a monotonic clock, ms.
 */
export function createReadProgress(
  clock: Clock,
  interval: Millis,
  now: () => Millis = () => performance.now(),
): ReadProgress {
  let isPaused = false
  let calledAt = now()
  /** From then on (monotonic ms) neither the sockets nor the line have old ticks. */
  let caughtUpAt = calledAt + CATCH_UP_MS
  let newest: EpochMicros | undefined
  const before = (moment: EpochMicros, milliseconds: Millis): EpochMicros =>
    addMicros(moment, -Math.ceil(milliseconds * 1000 * clock.speed()))

  return {
    pause(paused) {
      isPaused = paused
      if (!paused) caughtUpAt = now() + CATCH_UP_MS
    },
    received(newestSoFar) {
      if (newestSoFar === newest) return
      newest = newestSoFar
      // The line is behind the exchange. Its heartbeats show nothing then: more old ticks follow.
      if (newest !== undefined && newest < before(clock.now(), TRANSIT_MS)) caughtUpAt = now() + CATCH_UP_MS
    },
    until({ state, silentMilliseconds }) {
      const moment = now()
      if (state !== 'live' || moment - calledAt > interval + STANDSTILL_MS) caughtUpAt = moment + CATCH_UP_MS
      calledAt = moment
      // Messages are in the order of the line, so everything before the newest tick was read.
      const read = newest && before(newest, DISORDER_MS)
      const isCurrent = !isPaused && moment >= caughtUpAt
      if (!isCurrent || silentMilliseconds === undefined) return read
      // Everything that was sent before the latest frame has arrived.
      const heard = before(clock.now(), silentMilliseconds + TRANSIT_MS)
      return asEpochMicros(Math.max(heard, read ?? 0))
    },
  }
}
