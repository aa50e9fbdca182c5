/** Settings of store-ticks. */
import { keepDays, requiredText, wholeNumber } from '../../contract/settings.ts'
import { REQUEST_UNITS } from '../../tables/ticks/write-pace.ts'

/** Write units a second that one partition of a table takes (DynamoDB quotas). */
export const PARTITION_UNITS = 1_000

export const STORE_TICKS_SETTINGS = {
  TICKS_TABLE: requiredText,
  CONTROL_TABLE: requiredText,
  KEEP_DAYS: keepDays,
  /** Write units a second for each lane of a batch. */
  UNITS_PER_LANE: wholeNumber(REQUEST_UNITS + 1, PARTITION_UNITS),
}
