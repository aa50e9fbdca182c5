/** Settings of close-of-day. */
import { keepDays, laneCount, requiredText, storeSeconds } from '../../contract/settings.ts'

export const CLOSE_OF_DAY_SETTINGS = {
  TICKS_TABLE: requiredText,
  BOARDS_TABLE: requiredText,
  CONTROL_TABLE: requiredText,
  ARCHIVE_BUCKET: requiredText,
  KEEP_DAYS: keepDays,
  STORE_SECONDS: storeSeconds,
  LANES: laneCount,
}
