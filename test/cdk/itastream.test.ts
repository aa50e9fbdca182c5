import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { Match } from 'aws-cdk-lib/assertions'
import { parse } from 'valibot'
import { pathOf } from '../../cdk/paths.ts'
import { plan } from '../../functions/market-hours/plan.ts'
import { figuresOf } from '../../ingest-task/metrics.ts'
import { LINES } from '../../market/lane.ts'
import { phasesOf } from '../../market/phase.ts'
import { NOTHING } from '../ingest-task/nothing.ts'
import { read, referencesIn } from './reading.ts'
import { synthesize } from './synthesis.ts'

const { template, resources, findings, imageFiles } = synthesize()

interface AlarmMetric {
  readonly Namespace: string
  readonly MetricName: string
  readonly Dimensions: readonly { readonly Name: string; readonly Value: string }[]
}

const { ofType, environments, routesOf, statements } = read(resources)

test('neither cdk-nag nor the rules of CloudFormation find anything without a reason', () => {
  assert.deepEqual(findings, [])
})

describe('the template', () => {
  test('can be read by an interpreter that knows nine intrinsic functions', () => {
    const used = new Set([...referencesIn(template.toJSON())].map(([name]) => name))
    assert.ok(used.size > 0)
    const known = ['Ref', 'GetAtt', 'GetAZs', 'Join', 'If', 'Equals', 'Select', 'Split', 'Sub']
    assert.deepEqual([...used].filter(name => !known.includes(name.replace('Fn::', ''))).sort(), [])
  })

  test('has no custom resource, and no parameter without a default', () => {
    const types = Object.values(resources).map(({ Type }) => Type)
    assert.deepEqual(
      types.filter(type => type.startsWith('Custom::') || type === 'AWS::CloudFormation::CustomResource'),
      [],
    )
    assert.ok(types.length > 0)
    const { Parameters } = template.toJSON() as { Parameters: Record<string, { Default?: string }> }
    assert.ok(Object.keys(Parameters).length > 0)
    for (const [name, parameter] of Object.entries(Parameters)) assert.ok('Default' in parameter, name)
  })

  test('tells where to connect and whose tokens are taken', () => {
    for (const output of ['WebSocketUrl', 'RestUrl', 'TokenIssuer', 'TokenAudience'])
      template.hasOutput(output, {})
  })
})

describe('routes', () => {
  test('of the WebSocket API lead to connect, disconnect and message', () => {
    assert.deepEqual(routesOf('WEBSOCKET'), {
      $connect: 'connect',
      $disconnect: 'disconnect',
      $default: 'message',
    })
  })

  test('of the HTTP API want a token for real-time boards and nothing else', () => {
    assert.deepEqual(routesOf('HTTP'), {
      'GET /v1/boards': 'delayed-prices',
      'GET /v1/boards/{issue}': 'delayed-prices',
      'GET /v1/ticks/{issue}': 'delayed-prices',
      'GET /v1/bars/{issue}': 'delayed-prices',
      'GET /v1/realtime/boards': 'realtime-prices with a token',
      'GET /v1/realtime/boards/{issue}': 'realtime-prices with a token',
      'GET /v1/issues': 'market-info',
      'GET /v1/status': 'market-info',
    })
  })

  test('write an access log without headers', () => {
    const { Format } = ofType('AWS::ApiGatewayV2::Stage').flatMap(
      ({ Properties }) => (Properties.AccessLogSettings as { Format: string } | undefined) ?? [],
    )[0] ?? { Format: '' }
    assert.match(Format, /\$context\.status/)
    assert.doesNotMatch(Format, /header|sourceIp|identity/i)
  })
})

describe('functions', () => {
  const own: Record<string, readonly string[]> = {
    'store-ticks': ['TICKS_TABLE', 'KEEP_DAYS'],
    broadcast: [
      'BOARDS_TABLE',
      'CONNECTIONS_TABLE',
      'ROOM_COUNT',
      'PUSH_ROOM_FUNCTION',
      'WEBSOCKET_ENDPOINT',
    ],
    'push-room': ['CONNECTIONS_TABLE', 'WEBSOCKET_ENDPOINT'],
    connect: ['CONNECTIONS_TABLE', 'ROOM_COUNT', 'TOKEN_ISSUER', 'TOKEN_AUDIENCE'],
    disconnect: ['CONNECTIONS_TABLE', 'ROOM_COUNT'],
    message: ['CONNECTIONS_TABLE', 'BOARDS_TABLE', 'ROOM_COUNT', 'WEBSOCKET_ENDPOINT'],
    'delayed-prices': ['TICKS_TABLE'],
    'realtime-prices': ['BOARDS_TABLE'],
    'market-info': ['BOARDS_TABLE'],
    'market-hours': ['CLUSTER', 'SERVICES', 'STREAM_NAME', 'PLAN'],
  }
  const common = ['MARKET_CLOCK', 'POWERTOOLS_SERVICE_NAME', 'POWERTOOLS_METRICS_NAMESPACE', 'NODE_OPTIONS']

  test('are given the environment they read, and no more', () => {
    const given = [...environments].map(([name, environment]) => [name, Object.keys(environment).sort()])
    const wanted = Object.entries(own).map(([name, names]) => [name, [...common, ...names].sort()])
    assert.deepEqual(Object.fromEntries(given), Object.fromEntries(wanted))
  })

  test('run on the Lambda runtime that they are tested on, on arm64, each with a log that ends', () => {
    template.allResourcesProperties('AWS::Lambda::Function', {
      Runtime: `nodejs${process.versions.node.split('.')[0]}.x`,
      Architectures: ['arm64'],
      Handler: 'index.handler',
      LoggingConfig: { LogGroup: Match.anyValue() },
    })
    template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 30 })
  })

  test('post to the live stage alone', () => {
    const posts = statements.filter(({ Action }) => Action === 'execute-api:ManageConnections')
    assert.equal(posts.length, 3)
    for (const { Resource } of posts) {
      const joined = Resource as { 'Fn::Join': [string, unknown[]] }[]
      assert.ok(joined.length > 0)
      for (const resource of joined)
        assert.match(String(resource['Fn::Join'][1].at(-1)), /^\/live\/(POST|GET)\/@connections\/\*$/)
    }
  })
})

describe('permissions', () => {
  test('name no action by a wildcard', () => {
    const actions = statements.flatMap(({ Action }) => Action)
    assert.ok(actions.length > 0)
    assert.deepEqual(
      actions.filter(action => action.includes('*')),
      [],
    )
  })

  test('name every resource, but for the login to the image registry, which takes none', () => {
    const wide = statements.filter(({ Resource }) => [Resource].flat().includes('*'))
    assert.deepEqual(
      wide.map(({ Action }) => Action),
      Array.from({ length: LINES }, () => 'ecr:GetAuthorizationToken'),
    )
  })

  test('come from no policy of AWS', () => {
    for (const { Properties } of ofType('AWS::IAM::Role'))
      assert.equal(Properties.ManagedPolicyArns, undefined)
  })
})

describe('the stream', () => {
  test('is read late, wide and stubbornly by store-ticks', () => {
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      EventSourceArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^TicksStream'), 'Arn'] },
      StartingPosition: 'TRIM_HORIZON',
      BatchSize: 10_000,
      MaximumBatchingWindowInSeconds: 60,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: 20,
      MaximumRecordAgeInSeconds: 7_200,
      DestinationConfig: { OnFailure: { Destination: Match.anyValue() } },
    })
  })

  test('is read at once and never twice by broadcast, with a read rate of its own', () => {
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      EventSourceArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^TicksBroadcast'), 'ConsumerARN'] },
      StartingPosition: 'LATEST',
      MaximumBatchingWindowInSeconds: Match.absent(),
      MaximumRetryAttempts: 0,
      MaximumRecordAgeInSeconds: 60,
      DestinationConfig: { OnFailure: { Destination: Match.anyValue() } },
    })
  })
})

describe('what lies somewhere', () => {
  test('is encrypted', () => {
    template.allResourcesProperties('AWS::DynamoDB::Table', { SSESpecification: { SSEEnabled: true } })
    template.allResourcesProperties('AWS::Kinesis::Stream', { StreamEncryption: { EncryptionType: 'KMS' } })
    template.allResourcesProperties('AWS::S3::Bucket', { BucketEncryption: Match.anyValue() })
  })

  test('goes by itself, or stays when the stack goes: ticks are not lost with it', () => {
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
          IndexName: 'changes',
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
  test('has one service a line, asleep until market-hours wakes it, and never two tasks of a line', () => {
    template.resourceCountIs('AWS::ECS::Service', LINES)
    template.allResourcesProperties('AWS::ECS::Service', {
      DesiredCount: 0,
      DeploymentConfiguration: { MinimumHealthyPercent: 0, MaximumPercent: 100 },
    })
  })

  test('is told its line, and the password by a secret', () => {
    for (let line = 1; line <= LINES; line++) {
      template.hasResourceProperties('AWS::ECS::TaskDefinition', {
        ContainerDefinitions: [
          Match.objectLike({
            Environment: [
              { Name: 'LINE_NUMBER', Value: String(line) },
              { Name: 'LINE_HOST', Value: { Ref: `LineHost${line}` } },
              { Name: 'LINE_PORT', Value: { Ref: `LinePort${line}` } },
              { Name: 'LINE_HOST_B', Value: { Ref: `LineHost${line}B` } },
              { Name: 'LINE_PORT_B', Value: { Ref: `LinePort${line}B` } },
              { Name: 'LINE_USER', Value: { Ref: 'LineUser' } },
              { Name: 'STREAM_NAME', Value: Match.anyValue() },
              { Name: 'LANES', Value: '2' },
              { Name: 'MARKET_CLOCK', Value: { Ref: 'MarketClock' } },
              { Name: 'HEALTH_PORT', Value: '8079' },
            ],
            Secrets: [{ Name: 'LINE_PASSWORD', ValueFrom: Match.anyValue() }],
            ReadonlyRootFilesystem: true,
          }),
        ],
      })
    }
  })

  test('is asked by ECS whether it does its work, with a program of the image', () => {
    template.allResourcesProperties('AWS::ECS::TaskDefinition', {
      ContainerDefinitions: [
        Match.objectLike({
          HealthCheck: {
            Command: ['CMD', 'node', 'health.mjs'],
            Interval: 30,
            Retries: 3,
            StartPeriod: 30,
            Timeout: 10,
          },
        }),
      ],
    })
    const copied = /^COPY (.*) \.\/$/m.exec(readFileSync(pathOf('ingest-task/Dockerfile'), 'utf8'))?.[1]
    assert.deepEqual(copied?.split(' ').sort(), imageFiles.filter(name => name !== 'Dockerfile').sort())
  })

  test('may put records, and read where the task before it ended, and nothing else', () => {
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

describe('sign-in', () => {
  test('makes a user pool only where no issuer is given', () => {
    template.hasCondition('*', { 'Fn::Equals': [{ Ref: 'TokenIssuer' }, ''] })
    for (const type of ['AWS::Cognito::UserPool', 'AWS::Cognito::UserPoolClient'])
      for (const resource of ofType(type)) assert.match(String(resource.Condition), /NoTokenIssuer/)
  })

  test('tells connect and the authorizer of the same issuer and audience', () => {
    const [authorizer] = ofType('AWS::ApiGatewayV2::Authorizer')
    const { TOKEN_ISSUER, TOKEN_AUDIENCE } = environments.get('connect') ?? {}
    assert.deepEqual(authorizer?.Properties.JwtConfiguration, {
      Issuer: TOKEN_ISSUER,
      Audience: [TOKEN_AUDIENCE],
    })
  })
})

describe('market-hours', () => {
  test('is given a plan that it can read, for as many shards at the opening as the stream begins with', () => {
    const read = parse(plan, environments.get('market-hours')?.PLAN)
    template.hasResourceProperties('AWS::Kinesis::Stream', { ShardCount: read.morning.shards })
  })

  test('is woken at every phase change, which all stand on a five-minute mark', () => {
    template.hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'cron(0/5 * * * ? *)',
      ScheduleExpressionTimezone: 'Asia/Tokyo',
      FlexibleTimeWindow: { Mode: 'OFF' },
      State: Match.absent(),
    })
    for (const date of [20241101, 20261120]) {
      const phases = phasesOf(date)
      assert.ok(phases.length > 0)
      for (const { phase, time } of phases) assert.equal(time % (5 * 60_000_000), 0, phase)
    }
  })
})

test('alarms on the ingest task watch metrics that it writes, of every line', () => {
  const watched = ofType('AWS::CloudWatch::Alarm')
    .flatMap(({ Properties }) => {
      const { Metrics = [] } = Properties as { Metrics?: { MetricStat?: { Metric: AlarmMetric } }[] }
      return [
        Properties as unknown as AlarmMetric,
        ...Metrics.flatMap(({ MetricStat }) => MetricStat?.Metric ?? []),
      ]
    })
    .filter(({ Namespace }) => Namespace === 'itastream')
  const written = Object.keys(figuresOf(undefined, NOTHING, 1, [0]))
  const lines = Array.from({ length: LINES }, (_, index) => String(index + 1))
  const expected = ['LagP50', 'Live', 'Lost'].flatMap(name => lines.map(line => `${name} ${line} ingest`))
  const dimension = ({ Dimensions }: AlarmMetric, name: string) =>
    Dimensions.find(({ Name }) => Name === name)?.Value
  assert.deepEqual(
    watched
      .map(metric => `${metric.MetricName} ${dimension(metric, 'line')} ${dimension(metric, 'service')}`)
      .sort(),
    expected,
  )
  for (const { MetricName } of watched) assert.ok(written.includes(MetricName), MetricName)
})

test('every alarm tells somebody', () => {
  const alarms = ofType('AWS::CloudWatch::Alarm')
  assert.ok(alarms.length >= 15)
  for (const { Properties } of alarms) assert.equal((Properties.AlarmActions as unknown[]).length, 1)
})
