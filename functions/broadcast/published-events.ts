/** The gate of events that the stack may not publish (contract/publication.ts). */
import type { EventLog } from './event-log.ts'

/** Returns a log of events that news enter only if apps may have them. */
export function publishedEvents(log: EventLog, publishesNews: boolean): EventLog {
  if (publishesNews) return log
  return {
    get last() {
      return log.last
    },
    append: (events, before) =>
      log.append(
        events.filter(({ type }) => type !== 'news'),
        before,
      ),
    since: log.since,
  }
}
