/** Settings of push-room. */
import { name } from '../../contract/settings.ts'

export const PUSH_ROOM_SETTINGS = { CONNECTIONS_TABLE: name, WEBSOCKET_ENDPOINT: name }
