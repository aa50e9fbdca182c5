/** Limits the size of an answer: a page ends when the next entry does not fit. */

/** The most bytes of an answer. It bounds the traffic and the CPU time of one request. */
export const ANSWER_BYTES = 256 * 1024
/** Bytes of all other members together, more than they ever have. */
const OTHER_BYTES = 16 * 1024

/** Counts the bytes of the entries of a page. */
export class AnswerPage {
  #free = ANSWER_BYTES - OTHER_BYTES

  /** Returns whether an entry fits, and counts it if it does. */
  takes(entry: object): boolean {
    // The entries of a list have a comma between them.
    const bytes = Buffer.byteLength(JSON.stringify(entry)) + 1
    if (bytes > this.#free) return false
    this.#free -= bytes
    return true
  }
}
