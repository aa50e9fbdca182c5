/** Marks connections that have ended in the connections table, if $disconnect has not. */
import { createErrands } from '../../lambda/errands.ts'
import type { Posts } from '../../posts/posts.ts'
import { type ConnectionsTable, markGone } from '../../tables/connections/connections-table.ts'

/** Connections that are looked up or marked at once. */
const IN_FLIGHT = 32

export interface GoneMarker {
  /** Notes that a connection seems to have ended. */
  add(room: string, connection: string): void
  /**
   * Starts to look the connections up, and to mark those that have ended. A connection that cannot be looked up or marked is
   * tried again by a later round.
   */
  start(): void
  /** Resolves when nothing is running. */
  settled(): Promise<void>
}

/** @param warn reports a problem that must not stop the round. */
export function createGoneMarker(
  connections: ConnectionsTable,
  { exists }: Pick<Posts, 'exists'>,
  warn: (message: string, error: unknown) => void,
): GoneMarker {
  /** The room of each connection that is still to be marked. */
  const due = new Map<string, string>()
  const errands = createErrands<string>(IN_FLIGHT)

  const mark = async (room: string, connection: string): Promise<void> => {
    try {
      if (!(await exists(connection))) await markGone(connections, room, connection)
      due.delete(connection)
    } catch (error) {
      warn('a connection that has ended could not be marked', error)
    }
  }

  return {
    add: (room, connection) => void due.set(connection, room),
    start() {
      for (const [connection, room] of due) errands.start(connection, () => mark(room, connection))
    },
    settled: errands.settled,
  }
}
