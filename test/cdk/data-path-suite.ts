import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { Match } from 'aws-cdk-lib/assertions'
import { parse } from 'valibot'
import { pathOf } from '../../cdk/paths.ts'
import { LANES } from '../../cdk/sizing.ts'
import { marketPlan } from '../../contract/market-plan.ts'
import { INGEST_SERVICE, METRICS_NAMESPACE } from '../../contract/metric-names.ts'
import { leaseFiguresOf } from '../../ingest-task/lease/lease-metrics.ts'
import { REFUSED_FIGURES } from '../../ingest-task/login/login-metrics.ts'
import { figuresOf } from '../../ingest-task/metrics.ts'
import { RULES } from '../../market/calendar/calendar.ts'
import { LINE_NUMBERS, LINES } from '../../market/lane.ts'
import { phasesOf } from '../../market/phase.ts'
import { asTradingDate } from '../../market/units.ts'
import { CHANGES_INDEX } from '../../tables/connections/connections-keys.ts'
import { EMPTY_STATS } from '../ingest-task/empty-stats.ts'
import { plain } from './plain-values.ts'
import { synthesize } from './synthesis.ts'
import { read } from './template-reading.ts'

const { template, resources, imageFiles } = synthesize()
const { ofType, environments, statements } = read(resources)

describe('the stream', () => {
  test('is read by store-ticks in one-minute batches, with 65 retries and a bucket for failed batches', () => {
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      EventSourceArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^TicksStream'), 'Arn'] },
      StartingPosition: 'TRIM_HORIZON',
      BatchSize: 10_000,
      MaximumBatchingWindowInSeconds: 60,
      ParallelizationFactor: 10,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: 65,
      MaximumRecordAgeInSeconds: 14_400,
      DestinationConfig: {
        OnFailure: { Destination: { 'Fn::GetAtt': [Match.stringLikeRegexp('^FailedBatches'), 'Arn'] } },
      },
    })
  })

  test('is stored by all lanes together no faster than one partition of a table allows', () => {
    const { UNITS_PER_LANE, KEEP_DAYS } = environments.get('store-ticks') ?? {}
    assert.equal(Number(UNITS_PER_LANE), Math.floor(1_000 / (LINES * LANES)))
    assert.ok(Number(KEEP_DAYS) >= 1)
  })

  test('is read by broadcast without a window, with retries for a minute and a read rate of its own', () => {
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      EventSourceArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^TicksBroadcast'), 'ConsumerARN'] },
      StartingPosition: 'LATEST',
      MaximumBatchingWindowInSeconds: Match.absent(),
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      BisectBatchOnFunctionError: Match.absent(),
      MaximumRetryAttempts: 10,
      MaximumRecordAgeInSeconds: 60,
      DestinationConfig: { OnFailure: { Destination: Match.anyValue() } },
    })
  })
})

describe('stored data', () => {
  test('is encrypted', () => {
    template.allResourcesProperties('AWS::DynamoDB::Table', { SSESpecification: { SSEEnabled: true } })
    template.allResourcesProperties('AWS::Kinesis::Stream', { StreamEncryption: { EncryptionType: 'KMS' } })
    template.allResourcesProperties('AWS::S3::Bucket', { BucketEncryption: Match.anyValue() })
  })

  test('expires, and the ticks table survives the stack', () => {
    template.hasResource('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Retain',
      Properties: {
        AttributeDefinitions: Match.arrayWith([{ AttributeName: 'time', AttributeType: 'S' }]),
        TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      },
    })
    template.hasResourceProperties('AWS::DynamoDB::Table', {
      LocalSecondaryIndexes: [
        Match.objectLike({
          IndexName: CHANGES_INDEX,
          KeySchema: [
            { AttributeName: 'room', KeyType: 'HASH' },
            { AttributeName: 'changedAt', KeyType: 'RANGE' },
          ],
        }),
      ],
      TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
    })
  })
})

describe('ingest', () => {
  test('has one service a line, whose task count is left to market-hours', () => {
    template.resourceCountIs('AWS::ECS::Service', LINES)
    // A template with a count would stop or start tasks at each deployment.
    template.allResourcesProperties('AWS::ECS::Service', { DesiredCount: Match.absent() })
  })

  test('keeps both tasks of a line during a deployment, and starts one more at a time', () => {
    template.allResourcesProperties('AWS::ECS::Service', {
      DeploymentConfiguration: {
        MinimumHealthyPercent: 100,
        MaximumPercent: 150,
        DeploymentCircuitBreaker: { Enable: true, Rollback: true },
      },
      AvailabilityZoneRebalancing: 'ENABLED',
      PropagateTags: 'SERVICE',
    })
  })

  test('may run in two zones', () => {
    const [service] = ofType('AWS::ECS::Service')
    const { Subnets } = (
      service!.Properties.NetworkConfiguration as { AwsvpcConfiguration: { Subnets: { Ref: string }[] } }
    ).AwsvpcConfiguration
    const zones = Subnets.map(({ Ref }) => resources[Ref]?.Properties.AvailabilityZoneId)
    assert.equal(new Set(zones).size, 2)
  })

  test('gets its line from the environment, and user and password from a secret', () => {
    const memberOfSecret = (member: string) => ({ 'Fn::Join': ['', [{ Ref: 'LineSecret' }, `:${member}::`]] })
    for (const line of LINE_NUMBERS) {
      template.hasResourceProperties('AWS::ECS::TaskDefinition', {
        ContainerDefinitions: [
          Match.objectLike({
            Environment: [
              { Name: 'LINE_NUMBER', Value: String(line) },
              { Name: 'LINE_HOST', Value: { Ref: `LineHost${line}` } },
              { Name: 'LINE_PORT', Value: { Ref: `LinePort${line}` } },
              { Name: 'LINE_HOST_B', Value: { Ref: `LineHost${line}B` } },
              { Name: 'LINE_PORT_B', Value: { Ref: `LinePort${line}B` } },
              { Name: 'LINE_TLS', Value: { Ref: 'LineTls' } },
              { Name: 'LINE_CA', Value: { Ref: 'LineCa' } },
              { Name: 'STREAM_NAME', Value: Match.anyValue() },
              { Name: 'LANES', Value: '2' },
              { Name: 'CONTROL_TABLE', Value: Match.anyValue() },
              { Name: 'MARKET_CLOCK', Value: 'system' },
              { Name: 'HEALTH_FILE', Value: '/health/until' },
            ],
            Secrets: [
              { Name: 'LINE_USER', ValueFrom: memberOfSecret('user') },
              { Name: 'LINE_PASSWORD', ValueFrom: memberOfSecret('password') },
            ],
            User: '1000:1000',
            Memory: 1024,
            Privileged: Match.absent(),
            ReadonlyRootFilesystem: true,
            LinuxParameters: Match.objectLike({
              Capabilities: { Drop: ['ALL'] },
              Tmpfs: [{ ContainerPath: '/health', Size: 1 }],
            }),
          }),
        ],
      })
    }
  })

  test('has a health check, which reads the file of the task', () => {
    template.allResourcesProperties('AWS::ECS::TaskDefinition', {
      ContainerDefinitions: [
        Match.objectLike({
          HealthCheck: {
            Command: ['CMD-SHELL', 'read -r limit < "$HEALTH_FILE" && [ "$(date +%s)" -lt "$limit" ]'],
            Interval: 10,
            Retries: 3,
            StartPeriod: 60,
            Timeout: 5,
          },
        }),
      ],
    })
  })

  test('has every file of the image that the Dockerfile copies', () => {
    const copied = /^COPY (.*) \.\/$/m.exec(readFileSync(pathOf('ingest-task/Dockerfile'), 'utf8'))?.[1]
    assert.deepEqual(copied?.split(' ').sort(), imageFiles.filter(name => name !== 'Dockerfile').sort())
  })

  test('may put records and read the tail of the stream, and nothing else', () => {
    const allowed = statements.filter(({ Action }) => Action.includes('kinesis:PutRecords'))
    assert.equal(allowed.length, LINES)
    for (const { Action, Resource } of allowed) {
      assert.deepEqual(Action, [
        'kinesis:GetRecords',
        'kinesis:GetShardIterator',
        'kinesis:ListShards',
        'kinesis:PutRecords',
      ])
      assert.match(JSON.stringify(Resource), /^\{"Fn::GetAtt":\["TicksStream\w*","Arn"\]\}$/)
    }
  })
})

describe('market-hours', () => {
  test('gets a valid plan, whose shards while the exchange is closed are those of the template', () => {
    const { levels, phases } = parse(marketPlan, environments.get('market-hours')?.PLAN)
    template.hasResourceProperties('AWS::Kinesis::Stream', { ShardCount: levels[phases.closed].shards })
  })

  test('has less than the 4 KB of environment that Lambda allows, with the longest names', () => {
    // A name that CloudFormation makes has up to 64 characters (Lambda); an ARN of a service of ECS has more.
    const long = (text: string): string =>
      text.replace(/[A-Z]\w+\.\w+|(Tables|Archive|Ticks|Ingest|Store|Broadcast|Realtime)\w+/g, 'x'.repeat(64))
    const variables = Object.entries(environments.get('market-hours') ?? {})
    const sizes = variables.map(([name, value]) => name.length + long(plain(value)).length)
    assert.ok(sizes.reduce((a, b) => a + b) < 4_096, `${sizes}`)
  })

  test('is invoked at every change of phase: all phases begin at multiples of five minutes', () => {
    template.hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'cron(0/5 * * * ? *)',
      ScheduleExpressionTimezone: 'Asia/Tokyo',
      FlexibleTimeWindow: { Mode: 'OFF' },
      State: Match.absent(),
    })
    for (const date of [20241101, 20261120]) {
      const phases = phasesOf(RULES.hoursOf(asTradingDate(date)))
      assert.ok(phases.length > 0)
      for (const { phase, time } of phases) assert.equal(time % (5 * 60_000_000), 0, phase)
    }
  })
})

interface AlarmMetric {
  readonly Namespace: string
  readonly MetricName: string
  readonly Dimensions?: readonly { readonly Name: string; readonly Value: string }[]
}

test('alarms watch metrics that the ingest task writes, for every line', () => {
  const watched = ofType('AWS::CloudWatch::Alarm')
    .flatMap(({ Properties }) => {
      const { Metrics = [] } = Properties as { Metrics?: { MetricStat?: { Metric: AlarmMetric } }[] }
      return [
        Properties as unknown as AlarmMetric,
        ...Metrics.flatMap(({ MetricStat }) => MetricStat?.Metric ?? []),
      ]
    })
    .filter(
      ({ Namespace, Dimensions = [] }) =>
        Namespace === METRICS_NAMESPACE && Dimensions.some(({ Value }) => Value === INGEST_SERVICE),
    )
  const standby = { isHolder: false, isReady: true, ageMs: undefined, takeOvers: 0 }
  const written = [
    ...Object.keys(figuresOf(undefined, EMPTY_STATS, 1, [0])),
    ...Object.keys(leaseFiguresOf(0, standby)),
    ...Object.keys(REFUSED_FIGURES),
  ]
  const lines = LINE_NUMBERS.map(String)
  const expected = [
    'Holder',
    'LagP50',
    'Live',
    'LoginRefused',
    'Lost',
    'StandbyReady',
    'TicksPerSecond',
  ].flatMap(name => lines.map(line => `${name} ${line} ${INGEST_SERVICE}`))
  const dimension = ({ Dimensions = [] }: AlarmMetric, name: string) =>
    Dimensions.find(({ Name }) => Name === name)?.Value
  assert.deepEqual(
    watched
      .map(metric => `${metric.MetricName} ${dimension(metric, 'line')} ${dimension(metric, 'service')}`)
      .sort(),
    expected,
  )
  for (const { MetricName } of watched) assert.ok(written.includes(MetricName), MetricName)
})

test('store-ticks has alarms for late ticks, batches given up, failed deliveries, errors and throttles', () => {
  const alarm = (MetricName: string, dimension: string, value: object) =>
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName,
      Dimensions: [{ Name: dimension, Value: value }],
    })
  const storeTicks = { Ref: Match.stringLikeRegexp('^StoreStoreTicks') }
  const mapping = { Ref: Match.stringLikeRegexp('^StoreStoreTicks.*KinesisEventSource') }
  for (const metric of ['IteratorAge', 'DestinationDeliveryFailures', 'Errors', 'Throttles']) {
    alarm(metric, 'FunctionName', storeTicks)
  }
  alarm('OnFailureDestinationDeliveredEventCount', 'EventSourceMappingUUID', mapping)
})
