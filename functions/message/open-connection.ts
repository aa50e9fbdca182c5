/** The connection that sent a message: whether it is open, and its changes while it is. */
import { type ErrorCode, PROTOCOL_ERRORS } from '../../market/protocol-errors.ts'
import { nowMillis } from '../../market/units.ts'
import { endOf, TOKEN_LEEWAY_SECONDS } from '../../tables/connections/connection-end.ts'
import {
  type ConnectionItem,
  type ConnectionsTable,
  readConnection,
} from '../../tables/connections/connections-table.ts'
import type { Condition } from '../../tables/dynamodb.ts'

/** The table has no such connection, or the connection has ended. */
export class NotConnected extends Error {
  override readonly name = 'NotConnected'

  constructor(connection: string) {
    super(`expected an open connection, got ${connection}, which is unknown or closed`)
  }
}

/** The connection is to be ended: its token has expired, or an operator has ended the access of its user. */
export class ConnectionOver extends Error {
  override readonly name = 'ConnectionOver'
  readonly code: ErrorCode

  constructor(code: ErrorCode) {
    super(PROTOCOL_ERRORS[code].sentence)
    this.code = code
  }
}

/** Returns the condition that a connection is open now. It holds for the same items for which {@link openConnection} does not throw. */
export function isOpen(): Condition & { readonly values: Readonly<Record<string, unknown>> } {
  const hasToken = 'attribute_not_exists(tokenExpires) OR tokenExpires > :oldestToken'
  return {
    expression: `attribute_exists(changedAt) AND attribute_not_exists(gone) AND attribute_not_exists(ends) AND (${hasToken})`,
    values: { ':oldestToken': nowMillis() / 1000 - TOKEN_LEEWAY_SECONDS },
  }
}

/** Returns the item of a connection. @throws NotConnected or ConnectionOver */
export async function openConnection(
  connections: ConnectionsTable,
  room: string,
  connection: string,
): Promise<ConnectionItem> {
  const item = await readConnection(connections, room, connection)
  if (item === undefined || item.gone) throw new NotConnected(connection)
  const code = endOf(item, nowMillis())
  if (code !== undefined) throw new ConnectionOver(code)
  return item
}

/**
 * Returns the item that a change of an open connection returned.
 * @param changed undefined if the change was refused, because the connection was not open.
 * @throws NotConnected or ConnectionOver
 */
export async function ifOpen(
  connections: ConnectionsTable,
  room: string,
  connection: string,
  changed: ConnectionItem | undefined,
): Promise<ConnectionItem> {
  if (changed !== undefined) return changed
  await openConnection(connections, room, connection)
  throw new NotConnected(connection)
}
