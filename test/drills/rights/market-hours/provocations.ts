/** Brings resources out of the plan, so that the next run of market-hours needs one right to bring them back. */
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  DisableAlarmActionsCommand,
  EnableAlarmActionsCommand,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch'
import { ECSClient, UpdateServiceCommand } from '@aws-sdk/client-ecs'
import { DescribeStreamSummaryCommand, KinesisClient, UpdateShardCountCommand } from '@aws-sdk/client-kinesis'
import {
  DeleteFunctionConcurrencyCommand,
  DeleteProvisionedConcurrencyConfigCommand,
  GetEventSourceMappingCommand,
  LambdaClient,
  PutFunctionConcurrencyCommand,
  PutProvisionedConcurrencyConfigCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda'
import { GetScheduleCommand, SchedulerClient, UpdateScheduleCommand } from '@aws-sdk/client-scheduler'
import type { Cloud, RoleRight } from '@itastream/local-cloud'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { LIVE_ALIAS } from '../../../../contract/live-alias.ts'
import { until } from '../../../until.ts'

/** A change of a mapping or of the shards takes some market seconds. */
const CHANGE = { limitMs: 60_000, pollMs: 200 }

/** What makes market-hours use a right: the level of the plan, and a change by hand. */
export interface Provocation {
  readonly level: 'peak' | 'asleep'
  readonly change?: () => Promise<unknown>
}

type Config = ConstructorParameters<typeof LambdaClient>[0] & object

/** Returns the last part of an ARN, or the function of `function:name:live`. */
const nameIn = ({ resource }: RoleRight): string =>
  /:function:([^:]+)/.exec(resource)?.[1] ?? resource.split(/[/:]/).at(-1)!

/** @returns undefined for a right that every run needs. */
export function provocationOf(cloud: Cloud, right: RoleRight): Provocation | undefined {
  const { endpointUrl: endpoint, region, credentials } = cloud
  const config = { endpoint, region, credentials, requestHandler: new NodeHttpHandler() }
  const byAction: Readonly<Record<string, Provocation>> = {
    ...functionProvocations(config, nameIn(right)),
    ...alarmProvocations(config, right),
    'ecs:UpdateService': { level: 'asleep', change: () => startTask(config, cloud, right) },
    'kinesis:UpdateShardCount': { level: 'asleep', change: () => splitShard(config, cloud) },
    'scheduler:UpdateSchedule': { level: 'asleep', change: () => enableCanary(config, cloud) },
    'iam:PassRole': { level: 'asleep', change: () => enableCanary(config, cloud) },
  }
  return byAction[right.action]
}

function functionProvocations(config: Config, name: string): Readonly<Record<string, Provocation>> {
  const lambda = new LambdaClient(config)
  const alias = { FunctionName: name, Qualifier: LIVE_ALIAS }
  return {
    'lambda:PutFunctionConcurrency': {
      level: 'peak',
      change: () => lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName: name })),
    },
    'lambda:DeleteFunctionConcurrency': {
      level: 'asleep',
      change: () =>
        lambda.send(
          new PutFunctionConcurrencyCommand({ FunctionName: name, ReservedConcurrentExecutions: 5 }),
        ),
    },
    'lambda:PutProvisionedConcurrencyConfig': {
      level: 'peak',
      change: () => lambda.send(new DeleteProvisionedConcurrencyConfigCommand(alias)),
    },
    'lambda:DeleteProvisionedConcurrencyConfig': {
      level: 'asleep',
      change: () =>
        lambda.send(
          new PutProvisionedConcurrencyConfigCommand({ ...alias, ProvisionedConcurrentExecutions: 1 }),
        ),
    },
    'lambda:UpdateEventSourceMapping': { level: 'asleep', change: () => disableMapping(lambda, name) },
  }
}

async function disableMapping(lambda: LambdaClient, UUID: string): Promise<void> {
  const isSettled = async (): Promise<boolean> => {
    const { State } = await lambda.send(new GetEventSourceMappingCommand({ UUID }))
    return State === 'Disabled' || State === 'Enabled'
  }
  await until(isSettled, 'a settled mapping', CHANGE)
  await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: false }))
  await until(isSettled, 'a disabled mapping', CHANGE)
}

function alarmProvocations(config: Config, { resource }: RoleRight): Readonly<Record<string, Provocation>> {
  const client = new CloudWatchClient(config)
  const names = async (): Promise<string[]> => {
    const AlarmNamePrefix = resource.split(':alarm:')[1]!.replace('*', '')
    const { MetricAlarms = [] } = await client.send(new DescribeAlarmsCommand({ AlarmNamePrefix }))
    return MetricAlarms.map(({ AlarmName }) => AlarmName!)
  }
  const silence = async (): Promise<string[]> => {
    const AlarmNames = await names()
    await client.send(new DisableAlarmActionsCommand({ AlarmNames }))
    return AlarmNames
  }
  return {
    'cloudwatch:EnableAlarmActions': { level: 'peak', change: silence },
    'cloudwatch:DisableAlarmActions': {
      level: 'asleep',
      change: async () => client.send(new EnableAlarmActionsCommand({ AlarmNames: await names() })),
    },
    'cloudwatch:SetAlarmState': {
      level: 'peak',
      change: async () => {
        const [AlarmName] = await silence()
        const state = { StateValue: 'ALARM', StateReason: 'drill' } as const
        await client.send(new SetAlarmStateCommand({ AlarmName, ...state }))
      },
    },
  }
}

async function startTask(config: Config, cloud: Cloud, { resource: service }: RoleRight): Promise<void> {
  const cluster = cloud.ref('IngestCluster')
  await new ECSClient(config).send(new UpdateServiceCommand({ cluster, service, desiredCount: 1 }))
}

async function enableCanary(config: Config, cloud: Cloud): Promise<void> {
  const client = new SchedulerClient(config)
  const Name = cloud.ref('OutsideEveryMinute')
  const { ScheduleExpression, Target, FlexibleTimeWindow } = await client.send(
    new GetScheduleCommand({ Name }),
  )
  const settings = { Name, ScheduleExpression, Target, FlexibleTimeWindow }
  await client.send(new UpdateScheduleCommand({ ...settings, State: 'ENABLED' }))
}

async function splitShard(config: Config, cloud: Cloud): Promise<void> {
  const client = new KinesisClient(config)
  const StreamName = cloud.ref('TicksStream')
  const input = { StreamName, TargetShardCount: 2, ScalingType: 'UNIFORM_SCALING' } as const
  await client.send(new UpdateShardCountCommand(input))
  const isActive = async (): Promise<boolean> => {
    const { StreamDescriptionSummary } = await client.send(new DescribeStreamSummaryCommand({ StreamName }))
    return StreamDescriptionSummary?.StreamStatus === 'ACTIVE'
  }
  await until(isActive, 'an active stream', CHANGE)
}
