/** Settings of push-room. */
import { requiredText } from '../../contract/settings.ts'

export const PUSH_ROOM_SETTINGS = { WEBSOCKET_ENDPOINT: requiredText }
