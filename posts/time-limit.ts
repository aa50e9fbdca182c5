/** One time limit for many requests, with one timer for all of them. */
import type { Millis } from '../market/units.ts'

export interface TimeLimit<T> {
  /** Starts the time of an item, or starts it again. */
  start(item: T): void
  /** Ends the time of an item early. */
  end(item: T): void
}

/**
 * A busy process may notice the end of the time before it reads answers that have arrived. So the event loop reads them
 * first, and `onOver` gets the items without an answer.
 * @param limit time of every item. Items are over in the order in which they started.
 */
export function createTimeLimit<T>(limit: Millis, onOver: (item: T) => void): TimeLimit<T> {
  /** Ends of the times, in the order of their starts. */
  const ends = new Map<T, number>()
  let isWaiting = false

  const waitForFirst = (): void => {
    const { value: end, done } = ends.values().next()
    isWaiting = !done
    if (end === undefined) return
    // The timer alone must not keep the process alive.
    setTimeout(readAnswers, Math.max(end - performance.now(), 0)).unref()
  }
  const readAnswers = (): void => {
    const now = performance.now()
    setImmediate(() => {
      for (const [item, end] of ends) {
        if (end > now) break
        ends.delete(item)
        onOver(item)
      }
      waitForFirst()
    })
  }
  return {
    start(item) {
      // A later end needs a later place in the order.
      ends.delete(item)
      ends.set(item, performance.now() + limit)
      if (!isWaiting) waitForFirst()
    },
    end(item) {
      ends.delete(item)
    },
  }
}
