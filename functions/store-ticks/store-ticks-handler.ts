/** The Lambda handler of store-ticks: stores a batch of the stream, and reports from which record it must come again. */
import type { KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda'
import { readSettings } from '../../contract/settings.ts'
import { clock, countAll, lambda, logger } from '../../lambda/lambda-function.ts'
import { addMillis, nowMillis } from '../../market/units.ts'
import { createDynamoDB } from '../../tables/dynamodb.ts'
import { createEpochFence } from './epoch-fence.ts'
import { storeBatch } from './store-batch.ts'
import { STORE_TICKS_SETTINGS } from './store-ticks-settings.ts'

/** Time kept free (ms) to report what is not stored before Lambda stops the function. */
const RESERVE_MS = 2_000

const settings = readSettings(STORE_TICKS_SETTINGS)
const table = { client: createDynamoDB(), table: settings.TICKS_TABLE, keepDays: settings.KEEP_DAYS }
const fence = createEpochFence()

/** The first record of the batch is not stored, so no record can be acknowledged. */
class NothingStored extends Error {
  override readonly name = 'NothingStored'
}

export const handler = lambda<KinesisStreamEvent, KinesisStreamBatchResponse>(async (event, context) => {
  const records = event.Records.map(({ kinesis }) => ({
    sequenceNumber: kinesis.sequenceNumber,
    bytes: Buffer.from(kinesis.data, 'base64'),
  }))
  const deadline = addMillis(nowMillis(), context.getRemainingTimeInMillis() - RESERVE_MS)
  // Batches cover market time. If a local market runs faster, the pace is faster too.
  const unitsPerLane = settings.UNITS_PER_LANE * Math.max(1, clock.speed())
  const options = { ...table, unitsPerLane }
  const result = await storeBatch(records, options, deadline, fence)
  const { ticks, packs, units, failedFrom, badEnvelope, halfHourError } = result
  countAll({
    TicksStored: ticks,
    PacksStored: packs,
    WriteUnits: units,
    BadEnvelopes: badEnvelope === undefined ? 0 : 1,
  })
  if (halfHourError !== undefined) logger.warn('half-hours are not extended', { error: halfHourError })
  if (failedFrom === undefined) return { batchItemFailures: [] }
  const reason =
    badEnvelope === undefined ? 'the ticks table did not take every pack' : 'an envelope cannot be decoded'
  // Lambda splits a batch at the reported record. At the first record this leaves the batch whole, so good envelopes
  // would be given up together with a bad one. If the function fails instead, Lambda splits the batch in two, until the
  // bad envelope is alone (Lambda API, BisectBatchOnFunctionError).
  if (failedFrom === records[0]?.sequenceNumber) {
    throw new NothingStored(
      `${reason}: none of the ${records.length} records can be acknowledged, from ${failedFrom} on`,
      {
        cause: badEnvelope,
      },
    )
  }
  logger.warn(reason, { failedFrom, error: badEnvelope })
  return { batchItemFailures: [{ itemIdentifier: failedFrom }] }
})
