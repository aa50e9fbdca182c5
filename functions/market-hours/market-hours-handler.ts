/** Lambda: moves tasks, shards, functions, tables, the canary and alarms to what the plan demands now. */
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import { ECSClient } from '@aws-sdk/client-ecs'
import { KinesisClient } from '@aws-sdk/client-kinesis'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { S3Client } from '@aws-sdk/client-s3'
import { SchedulerClient } from '@aws-sdk/client-scheduler'
import * as v from 'valibot'
import { readSettings } from '../../contract/settings.ts'
import { keepAliveHandler } from '../../lambda/keep-alive.ts'
import { clock, countAll, lambda, logger } from '../../lambda/lambda-function.ts'
import { RULES } from '../../market/calendar/calendar.ts'
import { createCalendarReader } from '../../tables/control/calendar-reader.ts'
import type { MarketState } from '../../tables/control/market-state.ts'
import { createDynamoDB } from '../../tables/dynamodb.ts'
import { createControl } from './control-port.ts'
import { missingTasks } from './line-tasks.ts'
import { MARKET_HOURS_SETTINGS } from './market-hours-settings.ts'
import { marketResources } from './market-resources.ts'
import { createSigns } from './market-signs.ts'
import { lookAtMarketHours, type MarketHoursPorts, runMarketHours, SKIPPED } from './run-market-hours.ts'
import { isSessionOpen } from './session-open.ts'

/** A request that AWS does not answer is tried once more (2 × 3 s). The next run of the schedule does what is left. */
const config = { requestHandler: keepAliveHandler(), maxAttempts: 2 }

const settings = readSettings(MARKET_HOURS_SETTINGS)
const tables = createDynamoDB({ maxAttempts: 2 })
const control = { client: tables, table: settings.CONTROL_TABLE }
const calendars = createCalendarReader(control, (message, details) => logger.warn(message, details))
const ports: MarketHoursPorts = {
  plan: settings.PLAN,
  lines: settings.SERVICES.map((_, index) => index + 1),
  calendar: calendars.read,
  control: createControl(control),
  signs: createSigns({
    boards: { client: tables, table: settings.BOARDS_TABLE },
    control,
    s3: new S3Client(config),
    bucket: settings.ARCHIVE_BUCKET,
  }),
  resources: marketResources(
    {
      ecs: new ECSClient(config),
      kinesis: new KinesisClient(config),
      functions: new LambdaClient(config),
      cloudWatch: new CloudWatchClient(config),
      schedules: new SchedulerClient(config),
      tables,
    },
    settings,
  ),
}

/** An operator's request: what would a run do? Any other event, such as that of the schedule, is only a trigger. */
const lookRequest = v.object({ look: v.literal(true) })

export const handler = lambda<unknown, MarketState | typeof SKIPPED>(async event => {
  if (v.is(lookRequest, event)) return lookAtMarketHours(ports, clock.now())
  const now = clock.now()
  const state = await runMarketHours(ports, now)
  if (state === SKIPPED) {
    logger.info('market hours: another run holds the lock')
    return state
  }
  logger.info('market hours', { state })
  for (const failure of state.failures) logger.error('market hours: failure', { ...failure })
  countAll({
    TasksMissing: missingTasks(state.found),
    Failures: state.failures.length,
    Late: state.late === undefined ? 0 : 1,
    SessionOpen: isSessionOpen(now, await calendars.read().catch(() => RULES)) ? 1 : 0,
  })
  return state
})
