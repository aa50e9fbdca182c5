/** Settings of broadcast. */
import { name, roomCount } from '../../contract/settings.ts'

export const BROADCAST_SETTINGS = {
  BOARDS_TABLE: name,
  CONNECTIONS_TABLE: name,
  ROOM_COUNT: roomCount,
  PUSH_ROOM_FUNCTION: name,
  WEBSOCKET_ENDPOINT: name,
}
