/** The Lambda handler of store-ticks: stores a batch of the stream, and reports from which record it must come again. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda'
import { readSettings } from '../../contract/settings.ts'
import { clock, countAll, lambda, logger } from '../../lambda/lambda-function.ts'
import { UnknownVersionError } from '../../market/codec/sealed-bytes.ts'
import { addMillis, nowMillis } from '../../market/units.ts'
import { createCalendarReader } from '../../tables/control/calendar-reader.ts'
import { createDynamoDB } from '../../tables/dynamodb.ts'
import { retryUntil } from '../../tables/retry.ts'
import { createEpochFence } from './epoch-fence.ts'
import { storeBatch } from './store-batch.ts'
import { STORE_TICKS_SETTINGS } from './store-ticks-settings.ts'
import { WrittenTotals } from './totals-writer.ts'

/** Time kept free (ms) to report what is not stored before Lambda stops the function. */
const RESERVE_MS = 2_000
/**
 * Time (ms) for which an invocation waits in front of an envelope of an unknown version. A newer release wrote it, and a
 * deployment is about to replace this function. The 65 retries of the event source mapping then last an hour and a half, longer
 * than a deployment. Without the wait they would be used up in minutes.
 */
const UNKNOWN_VERSION_WAIT_MS = 90_000

const settings = readSettings(STORE_TICKS_SETTINGS)
const table = { client: createDynamoDB(), table: settings.TICKS_TABLE, keepDays: settings.KEEP_DAYS }
const calendars = createCalendarReader(
  { client: table.client, table: settings.CONTROL_TABLE },
  (message, details) => logger.warn(message, details),
)
const fence = createEpochFence()
const writtenTotals = new WrittenTotals()

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
  // The stream repeats a failed batch only a few times.
  const calendar = await retryUntil(
    { deadline, expected: 'the exceptions of the calendar', isRetryable: () => true },
    () => calendars.read(),
  )
  const options = { ...table, calendar, unitsPerLane, writtenTotals }
  const result = await storeBatch(records, options, deadline, fence)
  const { ticks, packs, units, failedFrom, badEnvelope, halfHourError, totalsError } = result
  const isUnknown = badEnvelope instanceof UnknownVersionError
  countAll({
    TicksStored: ticks,
    PacksStored: packs,
    WriteUnits: units,
    BadEnvelopes: badEnvelope === undefined || isUnknown ? 0 : 1,
  })
  if (halfHourError !== undefined) logger.warn('half-hours are not extended', { error: halfHourError })
  if (totalsError !== undefined) logger.warn('totals are not written', { error: totalsError })
  if (failedFrom === undefined) return { batchItemFailures: [] }
  const reason = isUnknown
    ? 'a newer release wrote an envelope'
    : badEnvelope === undefined
      ? 'the ticks table did not take every pack'
      : 'an envelope cannot be decoded'
  // Lambda splits a batch at the reported record. At the first record this leaves the batch whole, so good envelopes
  // would be given up together with a bad one. If the function fails instead, Lambda splits the batch in two, until the
  // bad envelope is alone (Lambda API, BisectBatchOnFunctionError).
  if (failedFrom === records[0]?.sequenceNumber) {
    if (isUnknown) await sleep(Math.min(UNKNOWN_VERSION_WAIT_MS, Math.max(0, deadline - nowMillis())))
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
