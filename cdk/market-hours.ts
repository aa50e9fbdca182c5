/** market-hours, which moves the system to the plan of the moment, and the schedules that invoke it. */
import { Aws, Duration, Stack } from 'aws-cdk-lib'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { Stream } from 'aws-cdk-lib/aws-kinesis'
import { Construct } from 'constructs'
import { planText, READY_FUNCTIONS } from '../contract/market-plan.ts'
import { LINE_NUMBERS } from '../market/lane.ts'
import {
  CALENDAR_ID,
  HOLD_ID,
  leaseId,
  MARKET_LOCK_ID,
  MARKET_STATE_ID,
} from '../tables/control/control-keys.ts'
import type { Canary } from './alarms/canary.ts'
import type { Broadcast } from './broadcast.ts'
import type { ArchiveBucket } from './data/archive-bucket.ts'
import type { Tables } from './data/dynamo-tables.ts'
import type { LostEvents } from './data/lost-events.ts'
import type { IngestServices } from './ingest-service.ts'
import { type FunctionSetting, ItaFunction } from './ita-function.ts'
import { acknowledgeWildcard } from './nag-wildcard.ts'
import { planOf } from './plan.ts'
import type { RealtimeApi } from './realtime-api.ts'
import { Wakes } from './schedules.ts'
import type { StoreTicks } from './store-ticks.ts'

/** The names of the alarms of trading begin with it. market-hours switches their actions on and off. */
export const TRADING_ALARM_PREFIX = `${Aws.STACK_NAME}-trading-`

/**
 * The longest run: AWS answers 6 s late, after a retry, at each of some ten steps. A lock of market-hours is longer
 * (functions/market-hours/control-port.ts).
 */
const TIMEOUT = Duration.minutes(2)

/** A failed run is tried again after a minute (Lambda). Then the next run of the schedule does the same work. */
const RETRIES = 1
const EVENT_AGE = Duration.minutes(4)

export interface MarketHoursProps {
  readonly setting: FunctionSetting
  readonly ingest: IngestServices
  readonly stream: Stream
  readonly tables: Tables
  readonly archive: ArchiveBucket
  readonly realtime: RealtimeApi
  readonly store: StoreTicks
  readonly broadcast: Broadcast
  readonly canary: Canary
  readonly lost: LostEvents
}

/** The function market-hours and its schedules. */
export class MarketHours extends Construct {
  readonly marketHours: ItaFunction

  constructor(scope: Construct, id: string, props: MarketHoursProps) {
    super(scope, id)
    const { setting, ingest, stream, tables, archive } = props
    const { ticks, boards, connections, control } = tables
    const stack = Stack.of(this)
    const functions = controlled(props)
    const names = Object.entries(functions).map(([name, fn]) => [name, fn.lambda.functionName])
    const mappings = { 'store-ticks': props.store.mapping, broadcast: props.broadcast.mapping }
    this.marketHours = new ItaFunction(this, 'MarketHours', {
      name: 'market-hours',
      isTraced: true,
      ...setting,
      memory: 512,
      timeout: TIMEOUT,
      environment: {
        CLUSTER: ingest.cluster.clusterName,
        SERVICES: ingest.services.map(service => service.serviceName).join(','),
        STREAM_NAME: stream.streamName,
        FUNCTIONS: stack.toJsonString(Object.fromEntries(names)),
        MAPPINGS: stack.toJsonString(mappings),
        TICKS_TABLE: ticks.tableName,
        BOARDS_TABLE: boards.tableName,
        CONNECTIONS_TABLE: connections.tableName,
        CONTROL_TABLE: control.tableName,
        ARCHIVE_BUCKET: archive.bucket.bucketName,
        CANARY_SCHEDULE: props.canary.schedule.name,
        ALARM_PREFIX: TRADING_ALARM_PREFIX,
        PLAN: planText(planOf(ingest.tasksALine)),
      },
    })
    this.#allowSigns(props)
    this.#allowMoves(props)
    this.#allowFunctions(functions, Object.values(mappings))
    this.#allowCanary(props.canary)
    const wakes = new Wakes(this, this.marketHours, props.lost)
    wakes.everyFiveMinutes('Moves the system to the plan of the moment.')
    wakes.atEachPhase()
    // EventBridge Scheduler does not wait for the result. Lambda itself retries a run that fails (Lambda developer guide,
    // asynchronous invocation).
    this.marketHours.live.configureAsyncInvoke({
      retryAttempts: RETRIES,
      maxEventAge: EVENT_AGE,
      onFailure: props.lost.destinationOf(this.marketHours),
    })
  }

  /** Allows to read how far the market and the archive are. */
  #allowSigns({ tables, archive }: MarketHoursProps): void {
    const { marketHours } = this
    const { bucket } = archive
    marketHours.allow(['dynamodb:BatchGetItem'], [tables.boards.tableArn])
    const written = [HOLD_ID, MARKET_LOCK_ID, MARKET_STATE_ID]
    marketHours.allowItems(['dynamodb:GetItem'], tables.control, [
      ...written,
      CALENDAR_ID,
      ...LINE_NUMBERS.map(leaseId),
    ])
    marketHours.allowItems(['dynamodb:PutItem', 'dynamodb:DeleteItem'], tables.control, [
      MARKET_LOCK_ID,
      MARKET_STATE_ID,
    ])
    const manifests = bucket.arnForObjects('manifests/*')
    marketHours.allow(['s3:GetObject'], [manifests])
    // Without this right S3 answers 403 instead of 404 for a manifest that is not there (S3 API reference, GetObject).
    marketHours.allow(['s3:ListBucket'], [bucket.bucketArn])
    acknowledgeWildcard(marketHours, manifests, 'A manifest of each trading date.')
  }

  /** Allows to read and change what the plan has. */
  #allowMoves({ ingest, stream, tables }: MarketHoursProps): void {
    const { marketHours } = this
    marketHours.allow(
      ['ecs:DescribeServices', 'ecs:UpdateService'],
      ingest.services.map(service => service.serviceArn),
    )
    marketHours.allow(['kinesis:DescribeStreamSummary', 'kinesis:UpdateShardCount'], [stream.streamArn])
    marketHours.allow(
      ['dynamodb:DescribeTable', 'dynamodb:UpdateTable'],
      [tables.ticks, tables.boards, tables.connections].map(table => table.tableArn),
    )
    const stack = Stack.of(this)
    const alarmsNamed = (name: string): string =>
      stack.formatArn({ service: 'cloudwatch', resource: `alarm:${name}` })
    const trading = alarmsNamed(`${TRADING_ALARM_PREFIX}*`)
    const all = alarmsNamed('*')
    marketHours.allow(
      ['cloudwatch:EnableAlarmActions', 'cloudwatch:DisableAlarmActions', 'cloudwatch:SetAlarmState'],
      [trading],
    )
    marketHours.allow(['cloudwatch:DescribeAlarms'], [all])
    acknowledgeWildcard(marketHours, trading, 'The alarms of trading, and no others, have this prefix.')
    acknowledgeWildcard(marketHours, all, 'DescribeAlarms with a prefix of names reads all alarms.')
  }

  /** Allows to read and change concurrency and mappings. */
  #allowFunctions(functions: ReturnType<typeof controlled>, mappings: readonly string[]): void {
    const { marketHours } = this
    marketHours.allow(
      ['lambda:GetFunctionConcurrency', 'lambda:PutFunctionConcurrency', 'lambda:DeleteFunctionConcurrency'],
      Object.values(functions).map(fn => fn.lambda.functionArn),
    )
    marketHours.allow(
      [
        'lambda:GetProvisionedConcurrencyConfig',
        'lambda:PutProvisionedConcurrencyConfig',
        'lambda:DeleteProvisionedConcurrencyConfig',
      ],
      READY_FUNCTIONS.map(name => functions[name].live.functionArn),
    )
    const stack = Stack.of(this)
    marketHours.allow(
      ['lambda:GetEventSourceMapping', 'lambda:UpdateEventSourceMapping'],
      mappings.map(id => stack.formatArn({ service: 'lambda', resource: `event-source-mapping:${id}` })),
    )
  }

  /** Allows to switch the schedule of the canary. UpdateSchedule also passes the role that the schedule has. */
  #allowCanary({ schedule }: Canary): void {
    this.marketHours.allow(['scheduler:GetSchedule', 'scheduler:UpdateSchedule'], [schedule.arn])
    this.marketHours.lambda.addToRolePolicy(
      new PolicyStatement({
        actions: ['iam:PassRole'],
        resources: [schedule.roleArn],
        conditions: { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } },
      }),
    )
  }
}

/** Returns the functions with reserved or provisioned concurrency. */
function controlled({ realtime, broadcast, store }: MarketHoursProps) {
  return {
    connect: realtime.connect,
    message: realtime.message,
    broadcast: broadcast.broadcast,
    'push-room': broadcast.pushRoom,
    'store-ticks': store.storeTicks,
  } as const
}
