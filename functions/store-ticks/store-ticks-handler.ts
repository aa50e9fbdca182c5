import type { KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda'
import { readSettings } from '../../contract/settings.ts'
import { clock, countAll, lambda, logger } from '../../lambda/lambda-function.ts'
import { addMillis, nowMillis } from '../../market/units.ts'
import { createDynamoDB } from '../../tables/dynamodb.ts'
import { createEpochFence } from './epoch-fence.ts'
import { storeBatch } from './store-batch.ts'
import { STORE_TICKS_SETTINGS } from './store-ticks-settings.ts'

/** Time kept back (ms) to report what was not stored before the function is stopped. */
const RESERVE_MS = 2_000

const settings = readSettings(STORE_TICKS_SETTINGS)
const table = { client: createDynamoDB(), table: settings.TICKS_TABLE, keepDays: settings.KEEP_DAYS }
const fence = createEpochFence()

/** Nothing of the batch could be acknowledged. */
class NothingStored extends Error {
  override readonly name = 'NothingStored'
}

export const handler = lambda<KinesisStreamEvent, KinesisStreamBatchResponse>(async (event, context) => {
  const records = event.Records.map(({ kinesis }) => ({
    sequenceNumber: kinesis.sequenceNumber,
    bytes: Buffer.from(kinesis.data, 'base64'),
  }))
  const deadline = addMillis(nowMillis(), context.getRemainingTimeInMillis() - RESERVE_MS)
  // Of the market's time, as the window is: a local market that runs faster is stored as fast.
  const unitsPerLane = settings.UNITS_PER_LANE * Math.max(1, clock.speed())
  const options = { ...table, unitsPerLane }
  const { ticks, packs, units, failedFrom, badEnvelope } = await storeBatch(records, options, deadline, fence)
  countAll({
    TicksStored: ticks,
    PacksStored: packs,
    WriteUnits: units,
    BadEnvelopes: badEnvelope === undefined ? 0 : 1,
  })
  if (failedFrom === undefined) return { batchItemFailures: [] }
  const reason =
    badEnvelope === undefined ? 'the ticks table did not take every pack' : 'an envelope cannot be read'
  // An answered batch is split at the record it names. At the first one that leaves the batch whole, and good
  // envelopes would be given up together with a bad one. A batch whose function fails is split in two instead, down
  // to the bad envelope alone (Lambda API, BisectBatchOnFunctionError).
  if (failedFrom === records[0]?.sequenceNumber) {
    throw new NothingStored(`${reason}, from the first of ${records.length} records on: ${failedFrom}`, {
      cause: badEnvelope,
    })
  }
  logger.warn(reason, { failedFrom, error: badEnvelope })
  return { batchItemFailures: [{ itemIdentifier: failedFrom }] }
})
