/**
 * Counts the messages of the trading date that the stream lacks. Boards count those that this task lacks. The holder before may
 * have lost messages that this task has, and the other way round.
 */
export class LostMessages {
  /** What the previous process has counted: boards go on from there. */
  #before = 0
  /** What the stream lacks and this task has, less what the stream has and this task lacks. */
  #elsewhere = 0

  /** Starts a trading date. @param before messages of the date that the previous process has counted. */
  start(before: number): void {
    this.#before = before
    this.#elsewhere = 0
  }

  /** Takes over from a holder that has counted `lost` messages, while the boards of this task have counted `own`. */
  inherit(lost: number, own: number): void {
    this.#elsewhere = lost - own
  }

  /** Returns those of this task alone. @param own the count of its boards. */
  ofTask(own: number): number {
    return own - this.#before
  }

  /** Returns those of the stream. Absent if there are none. @param own the count of the boards. */
  ofStream(own: number): { readonly lost?: number } {
    const lost = own + this.#elsewhere
    return lost > 0 ? { lost } : {}
  }
}
