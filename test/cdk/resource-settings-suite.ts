import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { LINE_NUMBERS } from '../../market/lane.ts'
import { plain } from './plain-values.ts'
import { settingsOf } from './settings-of.ts'
import { synthesize } from './synthesis.ts'
import { nameOf } from './template-reading.ts'

const { resources } = synthesize()

suite('the settings of the resources', () => {
  test('read the stream in batches that are retried, halved or given up as documented', () => {
    const names = [
      'BatchSize',
      'MaximumBatchingWindowInSeconds',
      'ParallelizationFactor',
      'BisectBatchOnFunctionError',
      'MaximumRetryAttempts',
      'MaximumRecordAgeInSeconds',
      'FunctionResponseTypes',
      'StartingPosition',
      'Enabled',
    ] as const
    const mappings = Object.values(
      settingsOf(
        'AWS::Lambda::EventSourceMapping',
        ...names,
        'EventSourceArn',
        'FunctionName',
        'DestinationConfig',
      ),
    )
    assert.deepEqual(
      mappings.map(([...values]) =>
        values.map(value => (value === undefined ? '' : plain(value))).join(' | '),
      ),
      [
        '10000 | 60 | 10 | true | 65 | 14400 | ReportBatchItemFailures | TRIM_HORIZON |  | TicksStream.Arn | Fn::Select=6, Fn::Split=:, StoreStoreTicksLive:live | OnFailure=Destination=FailedBatchesBucket.Arn',
        '10000 |  |  |  | 10 | 60 | ReportBatchItemFailures | LATEST |  | TicksBroadcast.ConsumerARN | Fn::Select=6, Fn::Split=:, BroadcastLive:live | OnFailure=Destination=FailedBatchesBucket.Arn',
      ],
    )
  })

  test('keep the stream for seven days', () => {
    const [[hours, shards, mode] = []] = Object.values(
      settingsOf('AWS::Kinesis::Stream', 'RetentionPeriodHours', 'ShardCount', 'StreamModeDetails'),
    )
    assert.deepEqual([hours, shards, mode], [168, 1, { StreamMode: 'PROVISIONED' }])
  })

  test('invoke two functions every five minutes, market-hours when a phase begins too, and the canary when it is on', () => {
    const schedules = settingsOf(
      'AWS::Scheduler::Schedule',
      'ScheduleExpression',
      'ScheduleExpressionTimezone',
      'FlexibleTimeWindow',
      'State',
      'Target',
    )
    const schedule = (cron: string, fn: string, role: string, state = '', retries = [240, 2]): string =>
      `cron(${cron}) | Asia/Tokyo | Mode=OFF | ${state} | Arn=${fn} DeadLetterConfig=Arn=LostEventsQueue.Arn ` +
      `Input={} RetryPolicy=MaximumEventAgeInSeconds=${retries[0]} MaximumRetryAttempts=${retries[1]} RoleArn=${role}.Arn`
    const marketHours = (cron: string): string => schedule(cron, 'ScheduleMarketHoursLive', 'ScheduleRole')
    const shown = Object.entries(schedules).map(([id, values]) => [
      id,
      values.map(value => (value === undefined ? '' : plain(value))).join(' | '),
    ])
    assert.deepEqual(Object.fromEntries(shown), {
      ScheduleEveryFiveMinutes: marketHours('0/5 * * * ? *'),
      ScheduleAt0730: marketHours('30 7 * * ? *'),
      ScheduleAt0800: marketHours('0 8 * * ? *'),
      ScheduleAt0900: marketHours('0 9 * * ? *'),
      ScheduleAt1130: marketHours('30 11 * * ? *'),
      ScheduleAt1230: marketHours('30 12 * * ? *'),
      ScheduleAt1525: marketHours('25 15 * * ? *'),
      ScheduleAt1530: marketHours('30 15 * * ? *'),
      ScheduleAt1630: marketHours('30 16 * * ? *'),
      OutsideEveryMinute: schedule('* * * * ? *', 'OutsideCanaryLive', 'OutsideRole', 'DISABLED', [60, 0]),
      CloseEveryFiveMinutes: schedule('0/5 * * * ? *', 'CloseCloseOfDayLive', 'CloseRole'),
    })
  })

  test('keep lost events for two weeks, also runs of market-hours and close-of-day that failed again and again', () => {
    const [[seconds] = []] = Object.values(settingsOf('AWS::SQS::Queue', 'MessageRetentionPeriod'))
    assert.equal(seconds, 14 * 86_400)
    const invocations = Object.values(resources).filter(
      ({ Type }) => Type === 'AWS::Lambda::EventInvokeConfig',
    )
    assert.deepEqual(
      invocations.map(({ Properties }) => plain(Properties)),
      [
        'FunctionName=OutsideCanaryFunction MaximumEventAgeInSeconds=60 MaximumRetryAttempts=0 ' +
          'Qualifier=Fn::Select=7, Fn::Split=:, OutsideCanaryLive',
        'DestinationConfig=OnFailure=Destination=LostEventsQueue.Arn FunctionName=ScheduleMarketHoursFunction ' +
          'MaximumEventAgeInSeconds=240 MaximumRetryAttempts=1 ' +
          'Qualifier=Fn::Select=7, Fn::Split=:, ScheduleMarketHoursLive',
        'DestinationConfig=OnFailure=Destination=LostEventsQueue.Arn FunctionName=CloseCloseOfDayFunction ' +
          'Qualifier=Fn::Select=7, Fn::Split=:, CloseCloseOfDayLive',
      ],
    )
  })

  test('bill the tables by request, with their keys and times to live', () => {
    const tables = settingsOf(
      'AWS::DynamoDB::Table',
      'BillingMode',
      'KeySchema',
      'TimeToLiveSpecification',
      'PointInTimeRecoverySpecification',
      'WarmThroughput',
    )
    const shown = Object.entries(tables).map(([id, values]) => [
      id,
      values.map(value => (value === undefined ? '' : plain(value))).join(' | '),
    ])
    assert.deepEqual(Object.fromEntries(shown), {
      TablesTicks:
        'PAY_PER_REQUEST | AttributeName=key KeyType=HASH, AttributeName=time KeyType=RANGE | AttributeName=expires Enabled=true | PointInTimeRecoveryEnabled=true | ',
      TablesBoards: 'PAY_PER_REQUEST | AttributeName=id KeyType=HASH |  | PointInTimeRecoveryEnabled=true | ',
      TablesConnections:
        'PAY_PER_REQUEST | AttributeName=room KeyType=HASH, AttributeName=connection KeyType=RANGE | AttributeName=expires Enabled=true | PointInTimeRecoveryEnabled=true | WriteUnitsPerSecond=20000',
      TablesControl:
        'PAY_PER_REQUEST | AttributeName=id KeyType=HASH |  | PointInTimeRecoveryEnabled=true | ',
      TablesUsers:
        'PAY_PER_REQUEST | AttributeName=id KeyType=HASH, AttributeName=item KeyType=RANGE | AttributeName=expires Enabled=true | PointInTimeRecoveryEnabled=true | ',
    })
  })

  test('keep what nobody can make again, and delete the rest with the stack', () => {
    const kept = Object.entries(resources).flatMap(([id, { DeletionPolicy }]) =>
      DeletionPolicy === 'Retain' ? [nameOf(id)] : [],
    )
    assert.deepEqual(kept.filter(name => !/Log$/.test(name)).sort(), [
      'ArchiveBucket',
      'BackupsVault',
      'BucketLogsBucket',
      'EdgePage',
      'FailedBatchesBucket',
      'IngestNetworkOwnFlowLogs',
      'KeysData',
      'KeysEvents',
      'RealtimeLogRole',
      'RealtimeLogRoleAccount',
      'RealtimeLogRoleLogs',
      'SignInUsers',
      'TablesControl',
      'TablesTicks',
      'TablesUsers',
    ])
  })

  test('keep failed batches for 30 days, reports of the archive for 62, and its files by their reads', () => {
    const buckets = settingsOf('AWS::S3::Bucket', 'LifecycleConfiguration')
    assert.deepEqual(Object.fromEntries(Object.entries(buckets).map(([id, [value]]) => [id, plain(value)])), {
      BucketLogsBucket:
        'Rules=ExpirationInDays=365 NoncurrentVersionExpiration=NoncurrentDays=1 Status=Enabled',
      FailedBatchesBucket:
        'Rules=ExpirationInDays=30 NoncurrentVersionExpiration=NoncurrentDays=30 Status=Enabled',
      EdgePage: 'Rules=NoncurrentVersionExpiration=NoncurrentDays=30 Status=Enabled',
      EdgeAccessLog: 'Rules=ExpirationInDays=365 Status=Enabled',
      ArchiveBucket:
        'Rules=NoncurrentVersionExpiration=NoncurrentDays=30 Status=Enabled Transitions=StorageClass=INTELLIGENT_TIERING TransitionInDays=0, ExpirationInDays=62 Prefix=parts/ Status=Enabled',
    })
  })

  test('give a task half a CPU, a gigabyte, and a minute to stop', () => {
    const tasks = settingsOf(
      'AWS::ECS::TaskDefinition',
      'Cpu',
      'Memory',
      'NetworkMode',
      'ContainerDefinitions',
    )
    assert.deepEqual(
      Object.keys(tasks),
      LINE_NUMBERS.map(line => `IngestTask${line}`),
    )
    for (const [id, [cpu, memory, network, containers]] of Object.entries(tasks)) {
      assert.deepEqual([cpu, memory, network], ['512', '1024', 'awsvpc'], id)
      const [container, ...others] = containers as { StopTimeout: number; Essential: boolean }[]
      assert.deepEqual([container?.StopTimeout, container?.Essential, others], [60, true, []], id)
    }
    const services = settingsOf(
      'AWS::ECS::Service',
      'DesiredCount',
      'DeploymentConfiguration',
      'LaunchType',
      'TaskDefinition',
    )
    for (const line of LINE_NUMBERS) {
      const [desired, deployment, launch, task] = services[`IngestService${line}Service`] ?? []
      assert.deepEqual([desired, launch, plain(task)], [undefined, 'FARGATE', `IngestTask${line}`])
      assert.equal(
        plain(deployment),
        'DeploymentCircuitBreaker=Enable=true Rollback=true MaximumPercent=150 MinimumHealthyPercent=100',
      )
    }
    // Nothing may connect to a task. The endpoints have a rule of its own type.
    for (const [id, [ingress]] of Object.entries(
      settingsOf('AWS::EC2::SecurityGroup', 'SecurityGroupIngress'),
    ))
      assert.equal(ingress, undefined, id)
  })
})
