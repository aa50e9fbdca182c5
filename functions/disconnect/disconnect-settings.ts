/** Settings of disconnect. */
import { requiredText, roomCount } from '../../contract/settings.ts'

export const DISCONNECT_SETTINGS = { CONNECTIONS_TABLE: requiredText, ROOM_COUNT: roomCount }
