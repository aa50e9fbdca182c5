/** Answers prices of twenty minutes ago, for everybody. */

import { readSettings } from '../../contract/settings.ts'
import { createEdgeCheck } from '../../lambda/edge-check.ts'
import { clock, logger } from '../../lambda/lambda-function.ts'
import { createSource } from '../../prices/create-source.ts'
import { priceHandlers, under } from '../../prices/price-handlers.ts'
import { PRICES_SETTINGS } from '../../prices/prices-settings.ts'
import { restFunction } from '../../rest/rest-function.ts'
import { createCalendarReader } from '../../tables/control/calendar-reader.ts'
import { createDynamoDB } from '../../tables/dynamodb.ts'

const settings = readSettings(PRICES_SETTINGS)
const isThroughEdge = createEdgeCheck({
  secret: settings.EDGE_SECRET,
  warn: (message, details) => logger.warn(message, details),
})
const client = createDynamoDB()
const calendars = createCalendarReader({ client, table: settings.CONTROL_TABLE }, (message, details) =>
  logger.warn(message, details),
)
const source = createSource('everybody', clock, client, settings, calendars)

export const handler = restFunction<'delayed-prices'>(under('/v1', priceHandlers(source)), { isThroughEdge })
