/** Settings of connect. */
import * as v from 'valibot'
import {
  connectionsAUser,
  edgeSecret,
  paceMillis,
  requiredText,
  roomCount,
  scopeNames,
} from '../../contract/settings.ts'

export const CONNECT_SETTINGS = {
  CONNECTIONS_TABLE: requiredText,
  USERS_TABLE: requiredText,
  CONNECTIONS_A_USER: connectionsAUser,
  ROOM_COUNT: roomCount,
  TOKEN_ISSUER: requiredText,
  TOKEN_AUDIENCE: requiredText,
  TOKEN_SCOPES: scopeNames,
  FASTEST_PACE_MS: paceMillis,
  EDGE_SECRET: edgeSecret,
  /** Whether the log has the addresses of connections. */
  LOG_ADDRESSES: v.optional(v.picklist(['on', 'off']), 'off'),
}
