/**
 * What the functions of the running system do, by their role. A right of a function's role can only change the features of this
 * function: no other function has the role.
 */
import { LINE_NUMBERS } from '../../../../market/lane.ts'
import { BROADCAST_FEATURES, PUSH_ROOM_FEATURES } from './broadcast-features.ts'
import { CONNECT_FEATURES, DISCONNECT_FEATURES } from './connect-features.ts'
import type { Features } from './feature.ts'
import { lineFeatures } from './line-features.ts'
import { MESSAGE_FEATURES } from './message-features.ts'
import { DELAYED_FEATURES, INFO_FEATURES, REALTIME_FEATURES } from './rest-features.ts'

export const FEATURES: Readonly<Record<string, Features>> = {
  RealtimeConnect: CONNECT_FEATURES,
  RealtimeDisconnect: DISCONNECT_FEATURES,
  RealtimeMessage: MESSAGE_FEATURES,
  RestDelayedPrices: DELAYED_FEATURES,
  RestRealtimePrices: REALTIME_FEATURES,
  RestMarketInfo: INFO_FEATURES,
  Broadcast: BROADCAST_FEATURES,
  BroadcastPushRoom: PUSH_ROOM_FEATURES,
  ...Object.fromEntries(LINE_NUMBERS.map(line => [`IngestTask${line}Task`, lineFeatures(line)])),
}
