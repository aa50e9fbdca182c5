/** Changes the pace of a connection. */
import { grantedPace } from '../../market/pace.ts'
import type { Millis } from '../../market/units.ts'
import { pacesOf } from '../../tables/connections/connection-reading.ts'
import { type ConnectionsTable, changeConnection } from '../../tables/connections/connections-table.ts'
import { IS_OPEN, NotConnected, openConnection } from './subscriptions.ts'

/**
 * Sets the pace of a connection, within what its user may have.
 * @returns the pace granted, ms.
 * @throws NotConnected
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
  const condition = { expression: IS_OPEN }
  const item = await changeConnection(connections, room, connection, { set: { pace }, condition })
  if (item === undefined) throw new NotConnected(connection)
  return pace
}
