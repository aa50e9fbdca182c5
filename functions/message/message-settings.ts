/** Settings of message. */
import { publication } from '../../contract/publication.ts'
import { requiredText, roomCount, scopeNames } from '../../contract/settings.ts'

export const MESSAGE_SETTINGS = {
  CONNECTIONS_TABLE: requiredText,
  USERS_TABLE: requiredText,
  BOARDS_TABLE: requiredText,
  TOKEN_ISSUER: requiredText,
  TOKEN_AUDIENCE: requiredText,
  TOKEN_SCOPES: scopeNames,
  PUBLISH: publication,
  ROOM_COUNT: roomCount,
  WEBSOCKET_ENDPOINT: requiredText,
}
