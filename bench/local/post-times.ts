/** When a connection got its posts: the pace counts from the post before. */
import type { Millis } from '../../market/units.ts'

/** Updates that arrive so soon after the first one belong to the same post (ms): the shortest pace is 100 ms. */
const SAME_POST_MS = 50

export interface PostTimes {
  /** Notes an update that arrives at `now` (ms). Returns when the post before its post came; -Infinity at the first. */
  note(now: Millis): Millis
}

export function createPostTimes(): PostTimes {
  let previous = -Infinity
  let current = -Infinity
  return {
    note(now) {
      if (now - current > SAME_POST_MS) {
        previous = current
        current = now
      }
      return previous
    },
  }
}
