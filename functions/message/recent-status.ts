/** Gives answers the phase and the states of the lines, without a read for each answer. */
import type { StatusEvent } from '../../market/protocol.ts'
import type { Millis } from '../../market/units.ts'
import { type BoardsTable, readPhaseAndLines, statusEvents } from '../../tables/boards/boards-table.ts'

/**
 * Longest age (ms) of a status. An app misses no change by it: broadcast sends each change to all connections that it
 * knows, and it sends the status to a connection that it finds later if the status has changed since a second before the
 * connection was stored (CHANGE_OVERLAP_MS in functions/broadcast/rooms.ts, less WRITE_WITHIN_MS). The other half second is
 * for a change that reaches the table later than the apps.
 */
const STATUS_AGE_MS: Millis = 500

/** Returns a function that returns the events of the whole status, as it was at most {@link STATUS_AGE_MS} ago. */
export function createRecentStatus(boards: BoardsTable): () => Promise<readonly StatusEvent[]> {
  let recent: Promise<readonly StatusEvent[]> | undefined
  let readAt = 0
  return () => {
    if (recent !== undefined && Date.now() - readAt < STATUS_AGE_MS) return recent
    const events = readPhaseAndLines(boards).then(statusEvents)
    // A failed read is not kept.
    events.catch(() => {
      if (recent === events) recent = undefined
    })
    recent = events
    readAt = Date.now()
    return events
  }
}
