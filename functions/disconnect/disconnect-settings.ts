/** Settings of disconnect. */
import { name, roomCount } from '../../contract/settings.ts'

export const DISCONNECT_SETTINGS = { CONNECTIONS_TABLE: name, ROOM_COUNT: roomCount }
