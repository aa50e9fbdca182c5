/** All values that market-hours controls. */
import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import type { ECSClient } from '@aws-sdk/client-ecs'
import type { KinesisClient } from '@aws-sdk/client-kinesis'
import type { LambdaClient } from '@aws-sdk/client-lambda'
import type { SchedulerClient } from '@aws-sdk/client-scheduler'
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { READER_FUNCTIONS, READY_FUNCTIONS, RESERVED_FUNCTIONS } from '../../contract/market-plan.ts'
import type { SettingsOf } from '../../contract/settings.ts'
import { alarmActions } from './alarm-actions.ts'
import { canarySchedule } from './canary-schedule.ts'
import { mappingEnabled, mappingWindow } from './event-mapping.ts'
import { provisionedConcurrency, reservedConcurrency } from './function-concurrency.ts'
import { lineTasks } from './line-tasks.ts'
import type { MARKET_HOURS_SETTINGS } from './market-hours-settings.ts'
import type { MarketResource } from './market-resource.ts'
import { streamShards } from './stream-shards.ts'
import { CANARY, lineName, STREAM, TRADING_ALARMS } from './wanted-values.ts'
import { warmThroughput } from './warm-throughput.ts'

export interface AwsClients {
  readonly ecs: ECSClient
  readonly kinesis: KinesisClient
  readonly functions: LambdaClient
  readonly tables: DynamoDBDocumentClient
  readonly cloudWatch: CloudWatchClient
  readonly schedules: SchedulerClient
}

type Settings = SettingsOf<typeof MARKET_HOURS_SETTINGS>

/** Returns the resources of a deployment. Their names are those of the plan's values (wanted-values.ts). */
export function marketResources(
  { ecs, kinesis, functions, tables, cloudWatch, schedules }: AwsClients,
  settings: Settings,
): MarketResource[] {
  const { CLUSTER, SERVICES, STREAM_NAME, FUNCTIONS, MAPPINGS, CANARY_SCHEDULE, ALARM_PREFIX } = settings
  const { TICKS_TABLE, BOARDS_TABLE, CONNECTIONS_TABLE } = settings
  return [
    ...SERVICES.map((service, index) => lineTasks(ecs, CLUSTER, service, lineName(index + 1))),
    streamShards(kinesis, STREAM_NAME, STREAM),
    ...RESERVED_FUNCTIONS.map(name => reservedConcurrency(functions, FUNCTIONS[name], name)),
    ...READY_FUNCTIONS.map(name => provisionedConcurrency(functions, FUNCTIONS[name], name)),
    ...READER_FUNCTIONS.flatMap(name => [
      mappingEnabled(functions, MAPPINGS[name], name),
      mappingWindow(functions, MAPPINGS[name], name),
    ]),
    warmThroughput(tables, TICKS_TABLE, 'ticks'),
    warmThroughput(tables, BOARDS_TABLE, 'boards'),
    warmThroughput(tables, CONNECTIONS_TABLE, 'connections'),
    canarySchedule(schedules, CANARY_SCHEDULE, CANARY),
    alarmActions(cloudWatch, ALARM_PREFIX, TRADING_ALARMS),
  ]
}
