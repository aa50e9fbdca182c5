/** Answers which issues are listed, when the exchange trades, and the state of the market and of its lines. */

import { readSettings } from '../../contract/settings.ts'
import { clock, logger } from '../../lambda/lambda-function.ts'
import type { IssueMaster } from '../../market/market-event.ts'
import { momentToIso } from '../../market/moment.ts'
import { phaseAt } from '../../market/phase.ts'
import { restFunction } from '../../rest/rest-function.ts'
import { readStatus } from '../../tables/boards/boards-table.ts'
import { createMaster } from '../../tables/boards/master-list.ts'
import { createCalendarReader } from '../../tables/control/calendar-reader.ts'
import { createDynamoDB } from '../../tables/dynamodb.ts'
import { calendarAnswer } from './calendar-answer.ts'
import { IssueIndex } from './issue-search.ts'
import { MARKET_INFO_SETTINGS } from './market-info-settings.ts'

const settings = readSettings(MARKET_INFO_SETTINGS)
const client = createDynamoDB()
const table = { client, table: settings.BOARDS_TABLE }
const calendars = createCalendarReader({ client, table: settings.CONTROL_TABLE }, (message, details) =>
  logger.warn(message, details),
)
const master = createMaster(table)
let index: { readonly listed: readonly IssueMaster[]; readonly issues: IssueIndex } | undefined

export const handler = restFunction<'market-info'>({
  '/v1/issues': async ({ query: { q = '', limit, after } }) => {
    const listed = await master.read()
    // The master returns the same list until a line has sent a new one.
    if (listed !== index?.listed)
      index = { listed, issues: new IssueIndex(listed, code => master.dateOf(code)!) }
    return { data: index.issues.find({ q, limit, after }), isEmpty: listed.length === 0 }
  },
  '/v1/calendar': async ({ query }) => {
    const now = clock.now()
    return { stamp: { time: momentToIso(now) }, data: calendarAnswer(await calendars.read(), now, query) }
  },
  '/v1/status': async () => {
    const now = clock.now()
    const { phase, lines, news } = await readStatus(table)
    // A stale line does not report when the phase changes.
    const isHeard = lines.some(({ state }) => state !== 'stale')
    const current = isHeard && phase !== undefined ? phase.phase : phaseAt(now, await calendars.read())
    return { stamp: { time: momentToIso(now) }, data: { phase: current, lines, news } }
  },
})
