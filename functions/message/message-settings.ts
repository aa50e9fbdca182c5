/** Settings of message. */
import { requiredText, roomCount, scopeNames } from '../../contract/settings.ts'

export const MESSAGE_SETTINGS = {
  CONNECTIONS_TABLE: requiredText,
  BOARDS_TABLE: requiredText,
  TOKEN_ISSUER: requiredText,
  TOKEN_AUDIENCE: requiredText,
  TOKEN_SCOPES: scopeNames,
  ROOM_COUNT: roomCount,
  WEBSOCKET_ENDPOINT: requiredText,
}
