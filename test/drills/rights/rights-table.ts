/**
 * Every right of every role of the stage prod, and who notices that it is missing. The other stages have some of these rights.
 * test/cdk/rights-table-suite.ts compares the table with the templates.
 */
import { ACCOUNT_RIGHTS } from './table/account-rights.ts'
import { APP_RIGHTS } from './table/app-rights.ts'
import type { RightsTable } from './table/notice.ts'
import { SCHEDULE_RIGHTS } from './table/schedule-rights.ts'
import { STREAM_RIGHTS } from './table/stream-rights.ts'

export const RIGHTS_TABLE: RightsTable = {
  ...APP_RIGHTS,
  ...STREAM_RIGHTS,
  ...SCHEDULE_RIGHTS,
  ...ACCOUNT_RIGHTS,
}
