/** The functions with the settings that each of them reads. A function's name is its folder under functions/. */
import { BROADCAST_SETTINGS } from '../functions/broadcast/broadcast-settings.ts'
import { CANARY_SETTINGS } from '../functions/canary/canary-settings.ts'
import { CLOSE_OF_DAY_SETTINGS } from '../functions/close-of-day/close-of-day-settings.ts'
import { CONNECT_SETTINGS } from '../functions/connect/connect-settings.ts'
import { DISCONNECT_SETTINGS } from '../functions/disconnect/disconnect-settings.ts'
import { MARKET_HOURS_SETTINGS } from '../functions/market-hours/market-hours-settings.ts'
import { MARKET_INFO_SETTINGS } from '../functions/market-info/market-info-settings.ts'
import { MESSAGE_SETTINGS } from '../functions/message/message-settings.ts'
import { PUSH_ROOM_SETTINGS } from '../functions/push-room/push-room-settings.ts'
import { STORE_TICKS_SETTINGS } from '../functions/store-ticks/store-ticks-settings.ts'
import { PRICES_SETTINGS, REALTIME_PRICES_SETTINGS } from '../prices/prices-settings.ts'

export const FUNCTION_SETTINGS = {
  'store-ticks': STORE_TICKS_SETTINGS,
  broadcast: BROADCAST_SETTINGS,
  'push-room': PUSH_ROOM_SETTINGS,
  connect: CONNECT_SETTINGS,
  disconnect: DISCONNECT_SETTINGS,
  message: MESSAGE_SETTINGS,
  'delayed-prices': PRICES_SETTINGS,
  'realtime-prices': REALTIME_PRICES_SETTINGS,
  'market-info': MARKET_INFO_SETTINGS,
  'market-hours': MARKET_HOURS_SETTINGS,
  canary: CANARY_SETTINGS,
  'close-of-day': CLOSE_OF_DAY_SETTINGS,
}

export type FunctionName = keyof typeof FUNCTION_SETTINGS
export const FUNCTION_NAMES = Object.keys(FUNCTION_SETTINGS) as FunctionName[]
