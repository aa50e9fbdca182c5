/** Settings of message. */
import { name, roomCount } from '../../contract/settings.ts'

export const MESSAGE_SETTINGS = {
  CONNECTIONS_TABLE: name,
  BOARDS_TABLE: name,
  ROOM_COUNT: roomCount,
  WEBSOCKET_ENDPOINT: name,
}
