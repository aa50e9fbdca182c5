/** Settings of the functions that answer with stored prices. */
import { publication } from '../contract/publication.ts'
import { edgeSecret, keepDays, laneCount, requiredText, storeSeconds } from '../contract/settings.ts'

export const PRICES_SETTINGS = {
  TICKS_TABLE: requiredText,
  BOARDS_TABLE: requiredText,
  CONTROL_TABLE: requiredText,
  KEEP_DAYS: keepDays,
  STORE_SECONDS: storeSeconds,
  LANES: laneCount,
  EDGE_SECRET: edgeSecret,
}

/** Settings of the function that answers without the delay: it knows the users. */
export const REALTIME_PRICES_SETTINGS = {
  ...PRICES_SETTINGS,
  PUBLISH: publication,
  USERS_TABLE: requiredText,
}
