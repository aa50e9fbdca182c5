/** Settings of the functions that answer with stored prices. */
import { keepDays, name, storeSeconds } from '../contract/settings.ts'

export const PRICES_SETTINGS = {
  TICKS_TABLE: name,
  BOARDS_TABLE: name,
  KEEP_DAYS: keepDays,
  STORE_SECONDS: storeSeconds,
}
