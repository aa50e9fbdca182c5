import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import * as v from 'valibot'
import { name, readSettings } from '../../contract/settings.ts'
import { keepAliveHandler } from '../../lambda/keep-alive.ts'
import { clock, countAll, lambda, logger } from '../../lambda/lambda-function.ts'
import { momentToIso } from '../../market/moment.ts'
import { asTradingDate } from '../../market/units.ts'
import { createDynamoDB } from '../../tables/dynamodb.ts'
import { openBucket } from './archive-objects.ts'
import { NotStoredYet, PARTS } from './archive-part.ts'
import { type CloseResult, type CloseWorld, closeAgain, closeDay, closePart } from './close-day.ts'
import { CLOSE_OF_DAY_SETTINGS } from './close-of-day-settings.ts'
import { STAGES } from './due-stage.ts'

/** Time kept back (ms) to say what went wrong before the function is stopped. */
const RESERVE_MS = 5_000

const settings = readSettings({
  ...CLOSE_OF_DAY_SETTINGS,
  // Lambda sets it.
  AWS_LAMBDA_FUNCTION_NAME: name,
})
const functions = new LambdaClient({ requestHandler: keepAliveHandler() })
const client = createDynamoDB()
const world: CloseWorld = {
  bucket: openBucket(settings.ARCHIVE_BUCKET),
  ticks: { client, table: settings.TICKS_TABLE },
  boards: { client, table: settings.BOARDS_TABLE },
  storeSeconds: settings.STORE_SECONDS,
  keepDays: settings.KEEP_DAYS,
  async ask(request) {
    await functions.send(
      new InvokeCommand({
        FunctionName: settings.AWS_LAMBDA_FUNCTION_NAME,
        InvocationType: 'Event',
        Payload: JSON.stringify(request),
      }),
    )
  },
}

/** YYYYMMDD. */
const date = v.pipe(
  v.number(),
  v.integer(),
  v.minValue(19700101),
  v.maxValue(20501231),
  v.transform(asTradingDate),
)
/** The schedule says nothing, this function asks itself for a part, and a person names a date. */
const events = v.union([
  v.object({
    date,
    stage: v.picklist(STAGES),
    part: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(PARTS - 1)),
    again: v.boolean(),
  }),
  v.strictObject({ date }),
  v.strictObject({}),
])

/** Waiting is no failure: the next mark of the schedule asks for the part again. */
function notStoredYet(error: unknown): undefined {
  if (!(error instanceof NotStoredYet)) throw error
  logger.warn('part of the archive waits', { error })
}

export const handler = lambda<unknown, CloseResult | undefined>(async (event, context) => {
  const now = clock.now()
  const request = v.parse(events, event)
  if ('part' in request) {
    const deadline = Date.now() + context.getRemainingTimeInMillis() - RESERVE_MS
    const report = await closePart(world, request, now, deadline).catch(notStoredYet)
    logger.info('part of the archive', { ...request, file: report?.file, issues: report?.days.length })
    countAll({ TicksArchived: report?.file?.rows ?? 0, BytesArchived: report?.file?.bytes ?? 0 })
    // Nobody waits for an answer.
    return undefined
  }
  const result = 'date' in request ? await closeAgain(world, request.date, now) : await closeDay(world, now)
  logger.info('close of day', { time: momentToIso(now), ...result })
  countAll({ ArchiveOverdue: result.overdue ? 1 : 0, ArchivePartsAsked: result.asked })
  return result
})
