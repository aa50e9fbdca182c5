/**
 * Beats: broadcast runs only when the stream brings records, and a connection gets its last update when its pace is over. So
 * a task whose line falls quiet publishes an empty envelope every 100 ms, until every connection has had its post.
 */

import { FASTEST_PACE_MS, SLOWEST_PACE_MS } from '../../market/protocol.ts'

/** Time without a put after which a beat is due, milliseconds. */
export const BEAT_INTERVAL = FASTEST_PACE_MS
/** Time that a round may take in addition to a pace, milliseconds. */
const MARGIN = 1_000
/**
 * Beats after the last tick. A pace that the budget of posts stretches further ends with the next state of the line, three
 * seconds later at most.
 */
const BEATS_AFTER_TICK = (SLOWEST_PACE_MS + MARGIN) / BEAT_INTERVAL

export class Beats {
  readonly #beat: () => void
  #timer: NodeJS.Timeout | undefined
  /** Beats that are still due. */
  #left = 0
  #hasEnded = false

  /** @param beat is called when nothing was put for {@link BEAT_INTERVAL}. */
  constructor(beat: () => void) {
    this.#beat = beat
  }

  /** Notes that ticks are in the stream. */
  ticked(): void {
    this.#left = BEATS_AFTER_TICK
    if (this.#timer === undefined) this.#start()
  }

  /** Notes that records are being put. */
  put(): void {
    clearTimeout(this.#timer)
    this.#start()
  }

  /** Ends beats for good. */
  end(): void {
    this.#hasEnded = true
    clearTimeout(this.#timer)
  }

  #start(): void {
    this.#timer = undefined
    if (this.#left === 0 || this.#hasEnded) return
    this.#timer = setTimeout(() => {
      this.#left--
      this.#start()
      this.#beat()
    }, BEAT_INTERVAL)
    // A beat alone does not keep the process alive.
    this.#timer.unref()
  }
}
