/** Settings of close-of-day. */
import { keepDays, name, storeSeconds } from '../../contract/settings.ts'

export const CLOSE_OF_DAY_SETTINGS = {
  TICKS_TABLE: name,
  BOARDS_TABLE: name,
  ARCHIVE_BUCKET: name,
  KEEP_DAYS: keepDays,
  STORE_SECONDS: storeSeconds,
}
