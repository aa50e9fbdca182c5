import { readSettings } from '../../contract/settings.ts'
import { clock } from '../../lambda/lambda-function.ts'
import { restFunction } from '../../lambda/rest-function.ts'
import { createSource } from '../../prices/create-source.ts'
import { PRICES_SETTINGS } from '../../prices/prices-settings.ts'
import { priceRoutes, under } from '../../prices/routes.ts'
import { createDynamoDB } from '../../tables/dynamodb.ts'

/** What has been stays as it is: an hour, so that a late repair of the table is seen the same day. */
const NAMED_AGE = 3_600
/**
 * Who is twenty minutes late does not notice some seconds more, and however many ask for an issue, its prices are read
 * from the table once in so long.
 */
const MOVING_AGE = 5
/** A list of issues that is kept is as old at most (shared/prices/known.ts). */
const UNKNOWN_AGE = 60

const source = createSource('everybody', clock, createDynamoDB(), readSettings(PRICES_SETTINGS))

export const handler = restFunction(
  under('/v1', priceRoutes(source, { named: NAMED_AGE, moving: MOVING_AGE })),
  UNKNOWN_AGE,
)
