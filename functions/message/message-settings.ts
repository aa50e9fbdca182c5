/** Settings of message. */
import { requiredText, roomCount } from '../../contract/settings.ts'

export const MESSAGE_SETTINGS = {
  CONNECTIONS_TABLE: requiredText,
  BOARDS_TABLE: requiredText,
  ROOM_COUNT: roomCount,
  WEBSOCKET_ENDPOINT: requiredText,
}
