/** The recent events: phases, line states, news and issue lists, numbered in the order in which apps get them. */
import type { AppEvent } from '../../market/protocol.ts'

/** Events in the log. A connection that misses more gets the whole status instead. */
const KEPT = 200

export interface EventLog {
  /** The number of the last event; 0 before the first. */
  readonly last: number
  append(events: readonly AppEvent[]): void
  /** Returns the JSON of the events after a number; undefined if the log does not reach back to it. */
  since(number: number): readonly string[] | undefined
}

export function createEventLog(): EventLog {
  const texts: string[] = []
  let last = 0
  return {
    get last() {
      return last
    },
    append(events) {
      for (const event of events) texts.push(JSON.stringify(event))
      last += events.length
      if (texts.length > KEPT) texts.splice(0, texts.length - KEPT)
    },
    since(number) {
      const count = last - number
      return count > texts.length ? undefined : texts.slice(texts.length - count)
    },
  }
}
