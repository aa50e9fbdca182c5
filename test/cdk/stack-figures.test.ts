import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { LINE_NUMBERS } from '../../market/lane.ts'
import { synthesize } from './synthesis.ts'
import { nameOf, read } from './template-reading.ts'

const { template, resources } = synthesize()
const { ofType } = read(resources)

type Properties = Readonly<Record<string, unknown>>

/** Returns the properties of all resources of a type by name. */
function byName(type: string): ReadonlyMap<string, Properties> {
  const found = Object.entries(resources).filter(([, { Type }]) => Type === type)
  assert.ok(found.length > 0, type)
  return new Map(found.map(([id, { Properties }]) => [nameOf(id), Properties]))
}

interface MetricQuery {
  readonly Expression?: string
  readonly MetricStat?: {
    readonly Metric: { readonly Namespace: string; readonly MetricName: string }
    readonly Period: number
    readonly Stat: string
  }
}

/** Describes an alarm: `statistic metric operator threshold, periods × seconds, missing data`. */
function alarmText(alarm: Properties): string {
  const { Metrics, Namespace, MetricName, Statistic, Period } = alarm
  const queries = (Metrics as readonly MetricQuery[] | undefined) ?? []
  const terms = queries.map(({ Expression, MetricStat: of }) =>
    of === undefined
      ? Expression
      : `${of.Stat} ${of.Metric.Namespace}/${of.Metric.MetricName} a ${of.Period} s`,
  )
  const metric =
    queries.length > 0 ? terms.join(', ') : `${Statistic} ${Namespace}/${MetricName} a ${Period} s`
  const operator = { GreaterThanThreshold: '>', LessThanThreshold: '<' }[String(alarm.ComparisonOperator)]
  return `${metric} ${operator} ${alarm.Threshold}, ${alarm.EvaluationPeriods} times, ${alarm.TreatMissingData}`
}

const ofLine = (line: number): [string, string][] => [
  [
    `AlarmsLine${line}Down`,
    'desired - FILL(running, 0), Average ECS/ContainerInsights/DesiredTaskCount a 60 s, Average ECS/ContainerInsights/RunningTaskCount a 60 s > 0, 3 times, notBreaching',
  ],
  [`AlarmsLine${line}Lost`, 'Sum itastream/Lost a 60 s > 0, 1 times, notBreaching'],
  [`AlarmsLine${line}NotLive`, '1 - live, Average itastream/Live a 60 s > 0.5, 3 times, notBreaching'],
  [`AlarmsLine${line}Late`, 'Maximum itastream/LagP50 a 60 s > 2000, 3 times, notBreaching'],
]

const ALARMS: readonly [string, string][] = [
  ['AlarmsStoreTicksLate', 'Maximum AWS/Lambda/IteratorAge a 60 s > 300000, 3 times, notBreaching'],
  ['AlarmsBroadcastLate', 'Maximum AWS/Lambda/IteratorAge a 60 s > 10000, 3 times, notBreaching'],
  ...['StoreTicks', 'Broadcast'].flatMap((name): [string, string][] => [
    [
      `Alarms${name}GaveUp`,
      'Sum AWS/Lambda/OnFailureDestinationDeliveredEventCount a 60 s > 0, 1 times, notBreaching',
    ],
    [
      `Alarms${name}DestinationFailed`,
      'Sum AWS/Lambda/DestinationDeliveryFailures a 60 s > 0, 1 times, notBreaching',
    ],
  ]),
  ...['StoreTicks', 'Broadcast', 'PushRoom', 'CloseOfDay'].flatMap((name): [string, string][] => [
    [`Alarms${name}Errors`, 'Sum AWS/Lambda/Errors a 300 s > 0, 1 times, notBreaching'],
    [`Alarms${name}Throttled`, 'Sum AWS/Lambda/Throttles a 60 s > 0, 3 times, notBreaching'],
  ]),
  ...LINE_NUMBERS.flatMap(ofLine),
  [
    'AlarmsStreamThrottled',
    'Sum AWS/Kinesis/WriteProvisionedThroughputExceeded a 60 s > 0, 3 times, notBreaching',
  ],
  ['AlarmsTicksThrottled', 'Sum AWS/DynamoDB/WriteThrottleEvents a 60 s > 0, 3 times, notBreaching'],
  ['AlarmsMarketHoursErrors', 'Sum AWS/Lambda/Errors a 300 s > 0, 2 times, notBreaching'],
  ['AlarmsMarketHoursSilent', 'Sum AWS/Lambda/Invocations a 300 s < 1, 3 times, breaching'],
  ['AlarmsArchiveOverdue', 'Maximum itastream/ArchiveOverdue a 300 s > 0, 1 times, notBreaching'],
  ['AlarmsArchiveUnknown', 'SampleCount itastream/ArchiveOverdue a 300 s < 1, 3 times, breaching'],
]

test('each alarm has its metric, period, threshold and treatment of missing data', () => {
  const alarms = byName('AWS::CloudWatch::Alarm')
  const found = ALARMS.map(([name]) => [name, alarmText(alarms.get(name) ?? {})])
  assert.deepEqual(found, ALARMS)
})

test('an alarm of a line, function or table names it in its description', () => {
  const alarms = byName('AWS::CloudWatch::Alarm')
  for (const line of LINE_NUMBERS) {
    for (const name of ['Down', 'Lost', 'NotLive', 'Late']) {
      const text = String(alarms.get(`AlarmsLine${line}${name}`)?.AlarmDescription)
      assert.match(text, new RegExp(`line ${line}\\b`, 'i'))
    }
  }
  assert.match(String(alarms.get('AlarmsStoreTicksLate')?.AlarmDescription), /more than 300 s behind/)
  assert.match(String(alarms.get('AlarmsBroadcastLate')?.AlarmDescription), /more than 10 s behind/)
})

describe('ingest', () => {
  test('runs each task with a quarter of a vCPU and 512 MB on arm64, and 60 s to stop', () => {
    template.allResourcesProperties('AWS::ECS::TaskDefinition', {
      Cpu: '256',
      Memory: '512',
      RuntimePlatform: { CpuArchitecture: 'ARM64', OperatingSystemFamily: 'LINUX' },
      RequiresCompatibilities: ['FARGATE'],
    })
    for (const { Properties } of ofType('AWS::ECS::TaskDefinition')) {
      const [container] = Properties.ContainerDefinitions as Properties[]
      assert.equal(container?.StopTimeout, 60)
    }
    for (const line of LINE_NUMBERS) {
      const task = JSON.stringify(byName('AWS::ECS::TaskDefinition').get(`IngestTask${line}`))
      assert.match(task, new RegExp(`"awslogs-stream-prefix":"line-${line}"`))
    }
  })

  test('rolls a failed deployment back, in two zones, with public addresses and container metrics', () => {
    template.allResourcesProperties('AWS::ECS::Service', {
      DeploymentConfiguration: { DeploymentCircuitBreaker: { Enable: true, Rollback: true } },
      NetworkConfiguration: { AwsvpcConfiguration: { AssignPublicIp: 'ENABLED' } },
    })
    template.hasResourceProperties('AWS::ECS::Cluster', {
      ClusterSettings: [{ Name: 'containerInsights', Value: 'enabled' }],
    })
    template.resourceCountIs('AWS::EC2::Subnet', 2)
    template.resourceCountIs('AWS::EC2::NatGateway', 0)
  })

  test('gets a password of 32 characters until the operator sets the password of the lines', () => {
    template.hasResourceProperties('AWS::SecretsManager::Secret', {
      GenerateSecretString: { ExcludePunctuation: true, PasswordLength: 32 },
    })
  })
})

test('the stream has two shards and keeps records for 24 hours', () => {
  const [stream] = ofType('AWS::Kinesis::Stream')
  assert.equal(stream?.Properties.ShardCount, 2)
  assert.equal(stream?.Properties.RetentionPeriodHours, 24)
})

test('market-hours runs tasks and two shards in every phase but closed, which has one shard and no task', () => {
  const fn = ofType('AWS::Lambda::Function').find(
    ({ Properties }) => Properties.Description === 'itastream market-hours',
  )
  const { Variables } = fn!.Properties.Environment as { Variables: Record<string, string> }
  const awake = { tasks: 1, shards: 2 }
  assert.deepEqual(JSON.parse(Variables.PLAN ?? ''), {
    closed: { tasks: 0, shards: 1 },
    'warm-up': awake,
    'order-acceptance': awake,
    morning: awake,
    lunch: awake,
    afternoon: awake,
    closing: awake,
    'wind-down': awake,
  })
})

test('a schedule repeats a failed start twice, within four minutes', () => {
  template.allResourcesProperties('AWS::Scheduler::Schedule', {
    Target: { RetryPolicy: { MaximumEventAgeInSeconds: 240, MaximumRetryAttempts: 2 } },
  })
})

test('the stages limit requests: REST to 2,000 a second and 1,000 at once more, WebSocket to 1,000', () => {
  const limits = ofType('AWS::ApiGatewayV2::Stage').map(({ Properties }) => {
    const { ThrottlingRateLimit, ThrottlingBurstLimit } = Properties.DefaultRouteSettings as Properties
    return [Properties.StageName, ThrottlingRateLimit, ThrottlingBurstLimit]
  })
  assert.deepEqual(limits.toSorted(), [
    ['$default', 2_000, 1_000],
    ['live', 1_000, 1_000],
  ])
  template.allResourcesProperties('AWS::ApiGatewayV2::Stage', { AutoDeploy: true })
})

describe('the user pool', () => {
  test('takes users that an administrator creates, by e-mail, with strong passwords', () => {
    template.hasResource('AWS::Cognito::UserPool', {
      DeletionPolicy: 'Retain',
      Properties: {
        AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
        UsernameAttributes: ['email'],
        AutoVerifiedAttributes: ['email'],
        Policies: {
          PasswordPolicy: {
            MinimumLength: 12,
            RequireLowercase: true,
            RequireNumbers: true,
            RequireSymbols: true,
            RequireUppercase: true,
          },
        },
      },
    })
  })

  test('gives access tokens for an hour, and does not tell whether a user exists', () => {
    template.hasResourceProperties('AWS::Cognito::UserPoolClient', {
      AccessTokenValidity: 60,
      TokenValidityUnits: { AccessToken: 'minutes' },
      ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
      PreventUserExistenceErrors: 'ENABLED',
      AllowedOAuthFlowsUserPoolClient: false,
    })
  })
})

test('failed batches are kept for 30 days, private, and survive the stack', () => {
  template.hasResource('AWS::S3::Bucket', {
    DeletionPolicy: 'Retain',
    Properties: {
      LifecycleConfiguration: { Rules: [{ ExpirationInDays: 30, Status: 'Enabled' }] },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    },
  })
})

test('boards and connections go with the stack, because the lines and apps bring them again', () => {
  const policies = Object.entries(resources)
    .filter(([, { Type }]) => Type === 'AWS::DynamoDB::Table')
    .map(([id, { DeletionPolicy }]) => [nameOf(id), DeletionPolicy])
  assert.deepEqual(policies.toSorted(), [
    ['TablesBoards', 'Delete'],
    ['TablesConnections', 'Delete'],
    ['TablesTicks', 'Retain'],
  ])
  template.allResourcesProperties('AWS::DynamoDB::Table', { BillingMode: 'PAY_PER_REQUEST' })
})
