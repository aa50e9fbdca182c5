/** The Lambda handler of close-of-day: archives the trading date that is due, a requested part, or a requested date. */

import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import * as v from 'valibot'
import { PARTS } from '../../archive/archive-keys.ts'
import { STAGES } from '../../archive/manifest.ts'
import { LIVE_ALIAS } from '../../contract/live-alias.ts'
import { readSettings, requiredText } from '../../contract/settings.ts'
import { keepAliveHandler } from '../../lambda/keep-alive.ts'
import { clock, countAll, lambda, logger } from '../../lambda/lambda-function.ts'
import { momentToIso } from '../../market/moment.ts'
import { addMillis, asTradingDate, type EpochMicros, nowMillis } from '../../market/units.ts'
import { createCalendarReader } from '../../tables/control/calendar-reader.ts'
import { foundTasks, readMarketState } from '../../tables/control/market-state.ts'
import { createDynamoDB } from '../../tables/dynamodb.ts'
import { openBucket } from './archive-objects.ts'
import { NotStoredYet } from './archive-part.ts'
import { type CloseContext, type CloseResult, closeAgain, closeDay, closePart } from './close-day.ts'
import { CLOSE_OF_DAY_SETTINGS } from './close-of-day-settings.ts'

/** Time kept free (ms) to report an error before Lambda stops the function. */
const RESERVE_MS = 5_000

const settings = readSettings({
  ...CLOSE_OF_DAY_SETTINGS,
  // Set by Lambda.
  AWS_LAMBDA_FUNCTION_NAME: requiredText,
})
const functions = new LambdaClient({ requestHandler: keepAliveHandler() })
const client = createDynamoDB()
const control = { client, table: settings.CONTROL_TABLE }
const calendars = createCalendarReader(control, (message, details) => logger.warn(message, details))
const commonContext: Omit<CloseContext, 'calendar' | 'tasksRun'> = {
  bucket: openBucket(settings.ARCHIVE_BUCKET),
  ticks: { client, table: settings.TICKS_TABLE, consistent: true },
  boards: { client, table: settings.BOARDS_TABLE },
  storeSeconds: settings.STORE_SECONDS,
  keepDays: settings.KEEP_DAYS,
  lanes: settings.LANES,
  wholeDates: new Set(),
  async requestPart(request) {
    await functions.send(
      new InvokeCommand({
        FunctionName: settings.AWS_LAMBDA_FUNCTION_NAME,
        Qualifier: LIVE_ALIAS,
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
/** The schedule sends `{}`, this function requests parts from itself, and an operator sends a date. */
const requests = v.union([
  v.object({
    date,
    stage: v.picklist(STAGES),
    part: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(PARTS - 1)),
    again: v.boolean(),
  }),
  v.strictObject({ date }),
  v.strictObject({}),
])

/** Logs that a part has to wait. This is no failure: the next run of the schedule requests the part again. */
function logWait(error: unknown): undefined {
  if (!(error instanceof NotStoredYet)) throw error
  logger.warn('part of the archive waits for ticks', { error })
}

/** Returns whether the latest run of market-hours found tasks. If that is not known, the time alone counts. */
async function findTasks(now: EpochMicros): Promise<boolean> {
  try {
    return foundTasks(await readMarketState(control), now)
  } catch (error) {
    logger.warn('the result of market-hours cannot be read', { error })
    return false
  }
}

export const handler = lambda<unknown, CloseResult | undefined>(async (event, context) => {
  const now = clock.now()
  const request = v.parse(requests, event)
  const [calendar, tasksRun] = await Promise.all([calendars.read(), findTasks(now)])
  const closeContext = { ...commonContext, calendar, tasksRun }
  if ('part' in request) {
    const deadline = addMillis(nowMillis(), context.getRemainingTimeInMillis() - RESERVE_MS)
    const report = await closePart(closeContext, request, now, deadline).catch(logWait)
    // The part may have to wait, or may be written already.
    if (report !== undefined) {
      const { file, days } = report
      logger.info('part of the archive written', { ...request, file, issues: days.length })
    }
    // Parts are invoked asynchronously, so no caller reads a result.
    return undefined
  }
  const result =
    'date' in request ? await closeAgain(closeContext, request.date, now) : await closeDay(closeContext, now)
  logger.info('close of day', { time: momentToIso(now), ...result })
  countAll({
    ArchiveOverdue: result.overdue ? 1 : 0,
    ArchiveIncomplete: result.incomplete,
  })
  return result
})
