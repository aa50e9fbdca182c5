/** Settings of connect. */
import { requiredText, roomCount } from '../../contract/settings.ts'

export const CONNECT_SETTINGS = {
  CONNECTIONS_TABLE: requiredText,
  ROOM_COUNT: roomCount,
  TOKEN_ISSUER: requiredText,
  TOKEN_AUDIENCE: requiredText,
}
