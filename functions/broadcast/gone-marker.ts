/** Marks connections that have ended in the connections table. */
import { createErrands } from '../../lambda/errands.ts'
import { type ConnectionsTable, markGone } from '../../tables/connections/connections-table.ts'

/** Writes in flight. */
const WRITES_IN_FLIGHT = 32

export interface GoneMarker {
  /** Notes that a connection has ended. */
  add(room: string, connection: string): void
  /** Starts to mark connections that have ended. A connection that the table does not take is marked by a later round. */
  start(): void
  /** Resolves when no write is running. */
  settled(): Promise<void>
}

/** @param warn reports a problem that must not stop the round. */
export function createGoneMarker(
  connections: ConnectionsTable,
  warn: (message: string, error: unknown) => void,
): GoneMarker {
  /** The room of each connection that is still to be marked. */
  const due = new Map<string, string>()
  const errands = createErrands<string>(WRITES_IN_FLIGHT)

  const mark = async (room: string, connection: string): Promise<void> => {
    try {
      await markGone(connections, room, connection)
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
