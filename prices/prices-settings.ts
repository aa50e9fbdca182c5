/** The source of a function's prices, from its settings. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import type * as v from 'valibot'
import { keepDays, name, storeSeconds } from '../lambda/settings.ts'
import type { Clock } from '../market/clock.ts'
import type { Audience } from './cut.ts'
import { createListing } from './listed-issues.ts'
import type { PriceSource } from './price-source.ts'

export const SOURCE_SETTINGS = {
  TICKS_TABLE: name,
  BOARDS_TABLE: name,
  KEEP_DAYS: keepDays,
  STORE_SECONDS: storeSeconds,
}

type Settings = { readonly [K in keyof typeof SOURCE_SETTINGS]: v.InferOutput<(typeof SOURCE_SETTINGS)[K]> }

export function createSource(
  audience: Audience,
  clock: Clock,
  client: DynamoDBDocumentClient,
  settings: Settings,
): PriceSource {
  return {
    audience,
    clock,
    ticks: { client, table: settings.TICKS_TABLE },
    keepDays: settings.KEEP_DAYS,
    storeSeconds: settings.STORE_SECONDS,
    isListed: createListing({ client, table: settings.BOARDS_TABLE }),
  }
}
