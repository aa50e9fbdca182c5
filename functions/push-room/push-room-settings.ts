/** Settings of push-room. */
import { requiredText } from '../../contract/settings.ts'

export const PUSH_ROOM_SETTINGS = { CONNECTIONS_TABLE: requiredText, WEBSOCKET_ENDPOINT: requiredText }
