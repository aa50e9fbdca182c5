/** Creates the price source of a function from its settings. Each request gets the calendar of its time. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import type { Audience } from '../contract/publication.ts'
import type { SettingsOf } from '../contract/settings.ts'
import type { Clock } from '../market/clock.ts'
import { createIssueListing } from '../tables/boards/issue-listing.ts'
import type { CalendarReader } from '../tables/control/calendar-reader.ts'
import { readFinishedIssues } from '../tables/ticks/finished-issues.ts'
import { keepFor } from './keep-for.ts'
import type { PriceSource, SourceNow } from './price-source.ts'
import type { PRICES_SETTINGS } from './prices-settings.ts'
import { createStoring } from './storing.ts'

/** The list of issues with a finished day changes once a day; a list up to this old (real ms) is used. */
const FINISHED_AGE_MS = 300_000

/** @throws from the function: an error of `calendars`. */
export function createSource(
  audience: Audience,
  clock: Clock,
  client: DynamoDBDocumentClient,
  settings: Omit<SettingsOf<typeof PRICES_SETTINGS>, 'CONTROL_TABLE' | 'EDGE_SECRET'>,
  calendars: CalendarReader,
): SourceNow {
  const listing = createIssueListing({ client, table: settings.BOARDS_TABLE })
  const ticks = { client, table: settings.TICKS_TABLE }
  const finished = keepFor(FINISHED_AGE_MS, () => readFinishedIssues(ticks))
  const source: Omit<PriceSource, 'calendar'> = {
    audience,
    clock,
    storing: createStoring({ clock, ticks, lanes: settings.LANES, lineOf: listing.lineOf }),
    ticks,
    lanes: settings.LANES,
    keepDays: settings.KEEP_DAYS,
    storeSeconds: settings.STORE_SECONDS,
    isListed: async issue => (await listing.unlisted([issue])).length === 0,
    isCertainlyUnknown: async (issue, date) => {
      if (!(await listing.isUnlistedOn(issue, date))) return false
      const issues = await finished()
      return issues.size > 0 && !issues.has(issue)
    },
  }
  return async () => ({ ...source, calendar: await calendars.read() })
}
