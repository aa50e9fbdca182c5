/**
 * Asks broadcast for whole boards, and for the trades before them. The boards table may be seconds behind the updates that a
 * connection has missed, so its boards alone may not close a gap.
 */
import { nowMillis } from '../../market/units.ts'
import {
  type ConnectionItem,
  type ConnectionsTable,
  changeConnection,
  type SinceRequest,
} from '../../tables/connections/connections-table.ts'
import { isOpen, openConnection } from './open-connection.ts'
import { replaceSince } from './since-request.ts'

/** Broadcast reads a request within a second (functions/broadcast/rooms.ts). Until then it is not replaced (ms). */
const READ_WITHIN_MS = 5_000
/** Attempts while other messages of the connection ask too. A connection has few messages at a time. */
const MAX_ATTEMPTS = 10

/**
 * Notes that a connection asks for the boards of issues. Broadcast sends them with its next post.
 * @param item the item of the connection.
 * @param request asks for missed trades of some of these issues.
 * @throws NotConnected or ConnectionOver
 */
export async function askBoards(
  connections: ConnectionsTable,
  item: ConnectionItem,
  issues: readonly string[],
  request?: SinceRequest,
): Promise<void> {
  const { room, connection } = item
  let held = item
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const { asked = new Set(), askedAt = nowMillis() } = held
    const now = nowMillis()
    const earlier = now - askedAt < READ_WITHIN_MS ? asked : []
    const since = replaceSince(held, request)
    const { expression, values } = isOpen()
    const changed = await changeConnection(connections, room, connection, {
      set: { asked: new Set([...earlier, ...issues]), askedAt: now, ...since.set },
      condition: {
        expression: [expression, ...since.conditions].join(' AND '),
        values: { ...values, ...since.values },
      },
    })
    if (changed !== undefined) return
    held = await openConnection(connections, room, connection)
  }
  throw new Error(`connection ${connection}: expected to ask for trades, others asked ${MAX_ATTEMPTS} times`)
}
