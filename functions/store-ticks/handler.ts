import type { KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda'
import { createDynamoDB } from '../shared/dynamodb.ts'
import { countAll, lambda, logger } from '../shared/lambda.ts'
import { name, readSettings, whole } from '../shared/settings.ts'
import { storeBatch } from './store.ts'

/** Time kept back (ms) to report what was not stored before the function is stopped. */
const RESERVE_MS = 2_000
/** Ten years. */
const MAX_KEEP_DAYS = 3_653

const settings = readSettings({ TICKS_TABLE: name, KEEP_DAYS: whole(1, MAX_KEEP_DAYS) })
const table = { client: createDynamoDB(), table: settings.TICKS_TABLE, keepDays: settings.KEEP_DAYS }

export const handler = lambda<KinesisStreamEvent, KinesisStreamBatchResponse>(async (event, context) => {
  const records = event.Records.map(({ kinesis }) => ({
    sequenceNumber: kinesis.sequenceNumber,
    bytes: Buffer.from(kinesis.data, 'base64'),
  }))
  const deadline = Date.now() + context.getRemainingTimeInMillis() - RESERVE_MS
  const { ticks, packs, failedFrom, badEnvelope } = await storeBatch(records, table, deadline)
  countAll({ TicksStored: ticks, PacksStored: packs, BadEnvelopes: badEnvelope === undefined ? 0 : 1 })
  if (badEnvelope !== undefined)
    logger.error('an envelope cannot be read', { failedFrom, error: badEnvelope })
  else if (failedFrom !== undefined) logger.warn('the ticks table did not take every pack', { failedFrom })
  return { batchItemFailures: failedFrom === undefined ? [] : [{ itemIdentifier: failedFrom }] }
})
