/** Settings of broadcast. */
import { requiredText, roomCount } from '../../contract/settings.ts'

export const BROADCAST_SETTINGS = {
  BOARDS_TABLE: requiredText,
  CONNECTIONS_TABLE: requiredText,
  ROOM_COUNT: roomCount,
  PUSH_ROOM_FUNCTION: requiredText,
  WEBSOCKET_ENDPOINT: requiredText,
  /** Name of the stream of envelopes. */
  STREAM_NAME: requiredText,
}
