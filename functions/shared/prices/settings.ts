/** The source of a function's prices, from its settings. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type * as v from 'valibot'
import type { Clock } from '../../../market/clock.ts'
import type { Audience } from '../cut.ts'
import { name, whole } from '../settings.ts'
import { createListing } from './known.ts'
import type { PriceSource } from './source.ts'

/** Ten years. */
const MAX_KEEP_DAYS = 3_653
/** An hour. */
const MAX_STORE_SECONDS = 3_600

export const SOURCE_SETTINGS = {
  TICKS_TABLE: name,
  BOARDS_TABLE: name,
  KEEP_DAYS: whole(1, MAX_KEEP_DAYS),
  /** Until a tick is stored for certain. */
  STORE_SECONDS: whole(0, MAX_STORE_SECONDS),
}

type Settings = { readonly [K in keyof typeof SOURCE_SETTINGS]: v.InferOutput<(typeof SOURCE_SETTINGS)[K]> }

export function createSource(
  audience: Audience,
  clock: Clock,
  client: DynamoDBClient,
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
