/** The recent events: phases, line states, news, issue lists and reconnects, numbered in the order in which apps get them. */
import type { AppEvent } from '../../market/protocol.ts'
import type { EpochMillis } from '../../market/units.ts'

/** Events in the log. A connection that misses more gets the whole status instead. */
const KEPT = 200

export interface EventLog {
  /** The number of the last event; 0 before the first. */
  readonly last: number
  /** @param before the events are only for connections that were accepted before this time. Absent: for all. */
  append(events: readonly AppEvent[], before?: EpochMillis): void
  /**
   * Returns the JSON of the events after a number; undefined if the log does not reach back to it.
   * @param connectedAt when the connection was accepted that gets them; undefined if it is not known.
   */
  since(number: number, connectedAt?: EpochMillis): readonly string[] | undefined
}

interface Entry {
  readonly text: string
  readonly before: EpochMillis | undefined
}

export function createEventLog(): EventLog {
  const entries: Entry[] = []
  let last = 0
  return {
    get last() {
      return last
    },
    append(events, before) {
      for (const event of events) entries.push({ text: JSON.stringify(event), before })
      last += events.length
      if (entries.length > KEPT) entries.splice(0, entries.length - KEPT)
    },
    since(number, connectedAt) {
      const count = last - number
      if (count > entries.length) return undefined
      return entries
        .slice(entries.length - count)
        .filter(({ before }) => before === undefined || connectedAt === undefined || connectedAt < before)
        .map(({ text }) => text)
    },
  }
}
