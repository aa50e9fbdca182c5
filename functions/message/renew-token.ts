/** Renews the access token of a connection, so that the connection lives longer than its first token. */
import type { EpochSeconds } from '../../market/units.ts'
import { Refusal } from '../../sign-in/refusal.ts'
import type { TokenHolder } from '../../sign-in/token-holder.ts'
import { type ConnectionsTable, changeConnection } from '../../tables/connections/connections-table.ts'
import { isOpen, NotConnected, openConnection } from './open-connection.ts'

/**
 * Moves the end of a connection to the end of a new token of its user. A token that ends earlier changes nothing.
 * @returns the end of the connection's token.
 * @throws Refusal if the token is that of another user; NotConnected; ConnectionOver.
 */
export async function renewToken(
  connections: ConnectionsTable,
  room: string,
  connection: string,
  { user, expires, scopes }: TokenHolder,
): Promise<EpochSeconds> {
  const item = await openConnection(connections, room, connection)
  // An item of an older release names no user. Its connection gets the user of the first token that it sends.
  if (item.user !== undefined && item.user !== user)
    throw new Refusal(
      403,
      'other-user',
      'expected a token of the user of the connection, got one of another user',
    )
  const { tokenExpires } = item
  if (tokenExpires !== undefined && tokenExpires >= expires) return tokenExpires
  const { expression, values } = isOpen()
  const isLater = 'attribute_not_exists(tokenExpires) OR tokenExpires < :tokenExpires'
  const hasScopes = scopes.length > 0
  const changed = await changeConnection(connections, room, connection, {
    set: { user, tokenExpires: expires, ...(hasScopes ? { scopes } : {}) },
    more: hasScopes ? '' : 'REMOVE #scopes',
    condition: {
      expression: `${expression} AND (${isLater})`,
      values,
      ...(hasScopes ? {} : { names: { '#scopes': 'scopes' } }),
    },
  })
  if (changed !== undefined) return expires
  // Another message of the connection has brought a token that ends later, or the connection has ended in between.
  const { tokenExpires: later } = await openConnection(connections, room, connection)
  if (later === undefined) throw new NotConnected(connection)
  return later
}
