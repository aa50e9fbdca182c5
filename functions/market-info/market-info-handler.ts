/** Answers which issues are listed, when the exchange trades, and the state of the market and of its lines. */

import { readSettings } from '../../contract/settings.ts'
import { createEdgeCheck } from '../../lambda/edge-check.ts'
import { clock, logger } from '../../lambda/lambda-function.ts'
import { momentToIso } from '../../market/moment.ts'
import { createIssuesAnswer } from '../../prices/issues-answer.ts'
import { createStatusAnswer } from '../../prices/status-answer.ts'
import { type Handlers, restFunction } from '../../rest/rest-function.ts'
import { createMaster } from '../../tables/boards/master-list.ts'
import { createCalendarReader } from '../../tables/control/calendar-reader.ts'
import { createDynamoDB } from '../../tables/dynamodb.ts'
import { calendarAnswer } from './calendar-answer.ts'
import { MARKET_INFO_SETTINGS } from './market-info-settings.ts'

const settings = readSettings(MARKET_INFO_SETTINGS)
const isThroughEdge = createEdgeCheck({
  secret: settings.EDGE_SECRET,
  warn: (message, details) => logger.warn(message, details),
})
const client = createDynamoDB()
const boards = { client, table: settings.BOARDS_TABLE }
const control = { client, table: settings.CONTROL_TABLE }
const calendars = createCalendarReader(control, (message, details) => logger.warn(message, details))
const issuesAnswer = createIssuesAnswer({
  master: createMaster(boards),
  control,
  withBasePrices: settings.PUBLISH.allows('base-prices', 'everybody'),
})
const statusAnswer = createStatusAnswer({
  boards,
  calendars,
  clock,
  withNews: settings.PUBLISH.allows('news', 'everybody'),
})

const HANDLERS: Handlers<'market-info'> = {
  '/v1/issues': ({ query }) => issuesAnswer(query),
  '/v1/calendar': async ({ query }) => {
    const now = clock.now()
    return { stamp: { time: momentToIso(now) }, data: calendarAnswer(await calendars.read(), now, query) }
  },
  '/v1/status': statusAnswer,
}

export const handler = restFunction(HANDLERS, { isThroughEdge })
