/** Answers prices of twenty minutes ago, for everybody. */

import { readSettings } from '../../contract/settings.ts'
import { clock } from '../../lambda/lambda-function.ts'
import { createSource } from '../../prices/create-source.ts'
import { priceHandlers, under } from '../../prices/price-handlers.ts'
import { PRICES_SETTINGS } from '../../prices/prices-settings.ts'
import { restFunction } from '../../rest/rest-function.ts'
import { createDynamoDB } from '../../tables/dynamodb.ts'

const source = createSource('everybody', clock, createDynamoDB(), readSettings(PRICES_SETTINGS))

export const handler = restFunction<'delayed-prices'>(under('/v1', priceHandlers(source)))
