/** Marks connections that have ended in the connections table. */
import { eachOf } from '../../lambda/each-of.ts'
import { type ConnectionsTable, markGone } from '../../tables/connections/connections-table.ts'

/** Writes in flight. */
const WRITES_IN_FLIGHT = 16

export interface GoneMarker {
  /** Notes that a connection has ended. */
  add(room: string, connection: string): void
  /**
   * Marks the connections that have ended. Resolves soon after `signal` is aborted; the rest is marked by a later round.
   * @throws Error of the first write that failed. The connections that are not marked stay due.
   */
  mark(signal: AbortSignal): Promise<void>
}

export function createGoneMarker(connections: ConnectionsTable): GoneMarker {
  /** The room of each connection that is still to be marked. */
  const due = new Map<string, string>()
  return {
    add: (room, connection) => void due.set(connection, room),
    async mark(signal) {
      let failure: unknown
      await eachOf([...due], WRITES_IN_FLIGHT, async ([connection, room]) => {
        if (signal.aborted) return
        try {
          await markGone(connections, room, connection, signal)
          due.delete(connection)
        } catch (error) {
          failure ??= error
        }
      })
      if (failure !== undefined) throw failure
    },
  }
}
