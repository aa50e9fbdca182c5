/** Decides how often messages that cannot be read are requested again before one of them is passed over. */

/** A live message that was bad so often in a row is passed over, and the messages after it are read. */
const MAX_BAD_READS = 3
/**
 * Snapshots with an unreadable board that are requested again. In the next one, an unreadable board costs only its own
 * issue.
 */
const MAX_BAD_SNAPSHOTS = 3

export class BadReads {
  /** The counter after which live messages were bad. */
  #reached: number | undefined
  /** How often in a row. */
  #times = 0
  /** Snapshots in a row that had an unreadable board. */
  #snapshots = 0

  /** Notes that the live message after `reached` could not be read. */
  noteLive(reached: number): void {
    this.#times = reached === this.#reached ? this.#times + 1 : 1
    this.#reached = reached
  }

  /** Returns whether the live message after `reached` is passed over if it is bad once more. */
  isLastLive(reached: number): boolean {
    return reached === this.#reached && this.#times >= MAX_BAD_READS - 1
  }

  /** Notes that a snapshot had an unreadable board. */
  noteSnapshot(): void {
    this.#snapshots++
  }

  /** Notes that a snapshot was read to its end. */
  endSnapshot(): void {
    this.#snapshots = 0
  }

  /** Returns whether unreadable boards of the next snapshot are passed over. */
  get isLastSnapshot(): boolean {
    return this.#snapshots >= MAX_BAD_SNAPSHOTS
  }
}
