/**
 * Asks broadcast for whole boards. The boards table may be seconds behind the updates that a connection has missed, so
 * its boards alone may not close a gap.
 */
import { nowMillis } from '../../market/units.ts'
import {
  type ConnectionItem,
  type ConnectionsTable,
  changeConnection,
} from '../../tables/connections/connections-table.ts'
import { ifOpen, isOpen } from './open-connection.ts'

/** Broadcast reads a request within a second (functions/broadcast/rooms.ts). Until then it is not replaced (ms). */
const READ_WITHIN_MS = 5_000

/**
 * Notes that a connection asks for the boards of issues. Broadcast sends them with its next post.
 * @param item the item of the connection.
 * @throws NotConnected or ConnectionOver
 */
export async function askBoards(
  connections: ConnectionsTable,
  { room, connection, asked = new Set(), askedAt = nowMillis() }: ConnectionItem,
  issues: readonly string[],
): Promise<void> {
  const now = nowMillis()
  const earlier = now - askedAt < READ_WITHIN_MS ? asked : []
  const item = await changeConnection(connections, room, connection, {
    set: { asked: new Set([...earlier, ...issues]), askedAt: now },
    condition: isOpen(),
  })
  await ifOpen(connections, room, connection, item)
}
