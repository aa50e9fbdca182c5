/** Changes the pace of a connection. */
import { grantedPace } from '../../market/pace.ts'
import type { Millis } from '../../market/units.ts'
import { pacesOf } from '../../tables/connections/connection-reading.ts'
import { type ConnectionsTable, changeConnection } from '../../tables/connections/connections-table.ts'
import { ifOpen, isOpen, openConnection } from './open-connection.ts'

/**
 * Sets the pace of a connection, within what its user may have.
 * @returns the pace granted, ms.
 * @throws NotConnected or ConnectionOver
 */
export async function changePace(
  connections: ConnectionsTable,
  room: string,
  connection: string,
  requested: Millis,
): Promise<Millis> {
  // What a user may have does not change during a connection.
  const { fastestPace } = pacesOf(await openConnection(connections, room, connection))
  const pace = grantedPace(requested, fastestPace)
  const change = { set: { pace }, condition: isOpen() }
  await ifOpen(connections, room, connection, await changeConnection(connections, room, connection, change))
  return pace
}
