/** Settings of connect. */
import { name, roomCount } from '../../contract/settings.ts'

export const CONNECT_SETTINGS = {
  CONNECTIONS_TABLE: name,
  ROOM_COUNT: roomCount,
  TOKEN_ISSUER: name,
  TOKEN_AUDIENCE: name,
}
