/**
 * How long the ticks of a lane gather for an envelope. The time doubles when the shard refuses an envelope, because a longer
 * envelope has fewer bytes a tick: the first tick of an issue carries the whole board. So all lanes of a full shard get
 * slower until the shard takes what they send, whatever the number of shards and the load of each line.
 */
import type { Millis } from '../../market/units.ts'

/** Time that a tick waits for other ticks of its envelope while the shard takes every envelope, milliseconds. */
export const FLUSH_MILLISECONDS = 20
/** Longest time, milliseconds: at 90,000 ticks/s the lanes of a full shard need about 200 (docs/performance.md). */
const LONGEST_MILLISECONDS = 320
/**
 * Time in which the gathering time halves again, milliseconds. With a much shorter time the lanes would fill the shard again
 * and again, with a longer time ticks would be late for a minute after a fault of the shard.
 */
const HALVED_AFTER = 10_000

export class GatherTime {
  /** The gathering time at the last refusal. */
  #raised = FLUSH_MILLISECONDS
  /** Real time of the last refusal, ms. */
  #raisedAt = 0

  /** Returns the gathering time, milliseconds. @param now real time, ms. */
  at(now: Millis): Millis {
    return Math.max(FLUSH_MILLISECONDS, this.#raised / 2 ** ((now - this.#raisedAt) / HALVED_AFTER))
  }

  /** Doubles the time, because the shard has refused an envelope. @param now real time, ms. */
  raise(now: Millis): void {
    this.#raised = Math.min(LONGEST_MILLISECONDS, 2 * this.at(now))
    this.#raisedAt = now
  }
}
