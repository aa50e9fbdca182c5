import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { LINE_NUMBERS } from '../../market/lane.ts'
import { plain } from './plain-values.ts'
import { synthesize } from './synthesis.ts'
import { nameOf, read } from './template-reading.ts'

const { resources } = synthesize()
const { environments } = read(resources)

/** Returns chosen properties of all resources of a type, by logical id without hash. */
function settingsOf(type: string, ...names: readonly string[]): Record<string, unknown[]> {
  const found = Object.entries(resources).filter(([, { Type }]) => Type === type)
  return Object.fromEntries(
    found.map(([id, { Properties }]) => [nameOf(id), names.map(name => Properties[name])] as const),
  )
}

suite('the settings of the resources', () => {
  test('give each function its memory (MB) and its time (s), and reserve concurrency for REST alone', () => {
    const functions = settingsOf(
      'AWS::Lambda::Function',
      'MemorySize',
      'Timeout',
      'ReservedConcurrentExecutions',
    )
    const none = undefined
    assert.deepEqual(functions, {
      RealtimeConnectFunction: [512, 10, none],
      RealtimeDisconnectFunction: [512, 10, none],
      RealtimeMessageFunction: [1024, 10, none],
      RestDelayedPricesFunction: [1024, 10, 100],
      RestRealtimePricesFunction: [1024, 10, 100],
      RestMarketInfoFunction: [1024, 10, 50],
      StoreStoreTicksFunction: [1769, 120, none],
      BroadcastPushRoomFunction: [1769, 30, none],
      BroadcastFunction: [1769, 30, none],
      OutsideCanaryFunction: [512, 15, none],
      ScheduleMarketHoursFunction: [512, 120, none],
      CloseCloseOfDayFunction: [1769, 900, none],
    })
  })

  test('give each function an alias and a version, which a changed parameter of the stack replaces', () => {
    const functions = Object.keys(settingsOf('AWS::Lambda::Function'))
    const idOf = (fn: string): string => fn.replace(/Function$/, '')
    const aliases = settingsOf('AWS::Lambda::Alias', 'Name', 'FunctionName', 'FunctionVersion')
    for (const [id, values] of Object.entries(aliases)) {
      const fn = id.replace(/Live$/, 'Function')
      const [name, target, version] = values.map(plain)
      // CDK appends a hash of the function to the logical id of its version.
      assert.deepEqual([name, target], ['live', fn])
      assert.match(String(version), new RegExp(`^${fn}CurrentVersion\\w{32,40}\\.Version$`))
    }
    assert.deepEqual(
      Object.keys(aliases),
      functions.map(fn => `${idOf(fn)}Live`),
    )
    const versions = Object.entries(resources).filter(([, { Type }]) => Type === 'AWS::Lambda::Version')
    assert.equal(versions.length, functions.length)
    for (const [id, { Properties }] of versions) {
      const text = plain(Properties.Description)
      if (!id.startsWith('RealtimeConnect')) assert.equal(text, 'MarketClock', id)
      else for (const name of ['TokenIssuer', 'TokenAudience', 'FastestPace']) assert.ok(text.includes(name))
    }
  })

  test('give each function the names and numbers of its environment', () => {
    const control = { CONTROL_TABLE: 'TablesControl' }
    const boards = { BOARDS_TABLE: 'TablesBoards' }
    const rooms = { CONNECTIONS_TABLE: 'TablesConnections', ROOM_COUNT: '10' }
    const ticks = { TICKS_TABLE: 'TablesTicks', KEEP_DAYS: '31' }
    const url = { WEBSOCKET_ENDPOINT: 'RealtimeApi.ApiEndpoint/live' }
    const prices = { ...ticks, ...boards, ...control, LANES: '2', STORE_SECONDS: '180' }
    const expected: Record<string, Record<string, string>> = {
      connect: {
        ...rooms,
        TOKEN_ISSUER: 'SignInUsers.ProviderURL or TokenIssuer',
        TOKEN_AUDIENCE: 'SignInUsersApp or TokenAudience',
        FASTEST_PACE_MS: 'FastestPace',
      },
      disconnect: rooms,
      message: { ...rooms, ...boards, ...url },
      'delayed-prices': prices,
      'realtime-prices': prices,
      'market-info': { ...boards, ...control },
      'store-ticks': { ...ticks, ...control, UNITS_PER_LANE: '166' },
      'push-room': url,
      broadcast: {
        ...rooms,
        ...boards,
        ...url,
        PUSH_ROOM_FUNCTION: 'BroadcastPushRoomLive',
        STREAM_NAME: 'TicksStream',
        SHARDS: '1',
        POSTS_PER_SECOND: '8000',
      },
    }
    for (const [name, settings] of Object.entries(expected)) {
      const environment = environments.get(name) ?? {}
      const own = Object.fromEntries(Object.keys(settings).map(key => [key, plain(environment[key])]))
      assert.deepEqual(own, settings, name)
    }
    for (const [name, environment] of environments) {
      assert.equal(environment.POWERTOOLS_METRICS_NAMESPACE, 'itastream', name)
      assert.equal(plain(environment.MARKET_CLOCK), 'MarketClock', name)
    }
  })

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
        '10000 | 60 | 10 | true | 20 | 7200 | ReportBatchItemFailures | TRIM_HORIZON |  | TicksStream.Arn | Fn::Select=6, Fn::Split=:, StoreStoreTicksLive:live | OnFailure=Destination=FailedBatchesBucket.Arn',
        '10000 |  |  |  | 10 | 60 | ReportBatchItemFailures | LATEST |  | TicksBroadcast.ConsumerARN | Fn::Select=6, Fn::Split=:, BroadcastLive:live | OnFailure=Destination=FailedBatchesBucket.Arn',
      ],
    )
  })

  test('keep the stream for a day, and encrypt it', () => {
    assert.deepEqual(
      settingsOf(
        'AWS::Kinesis::Stream',
        'RetentionPeriodHours',
        'ShardCount',
        'StreamEncryption',
        'StreamModeDetails',
      ),
      {
        TicksStream: [
          24,
          1,
          { EncryptionType: 'KMS', KeyId: 'alias/aws/kinesis' },
          { StreamMode: 'PROVISIONED' },
        ],
      },
    )
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

  test('keep lost events for two weeks, also those of runs of market-hours that failed twice', () => {
    const [[encrypted, seconds] = []] = Object.values(
      settingsOf('AWS::SQS::Queue', 'SqsManagedSseEnabled', 'MessageRetentionPeriod'),
    )
    assert.deepEqual([encrypted, seconds], [true, 14 * 86_400])
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
      TablesBoards: 'PAY_PER_REQUEST | AttributeName=id KeyType=HASH |  |  | ',
      TablesConnections:
        'PAY_PER_REQUEST | AttributeName=room KeyType=HASH, AttributeName=connection KeyType=RANGE | AttributeName=expires Enabled=true |  | WriteUnitsPerSecond=20000',
      TablesControl:
        'PAY_PER_REQUEST | AttributeName=id KeyType=HASH |  | PointInTimeRecoveryEnabled=true | ',
    })
  })

  test('keep what nobody can make again, and delete the rest with the stack', () => {
    const kept = Object.entries(resources).flatMap(([id, { DeletionPolicy }]) =>
      DeletionPolicy === 'Retain' ? [nameOf(id)] : [],
    )
    assert.deepEqual(kept.sort(), [
      'ArchiveBucket',
      'FailedBatchesBucket',
      'SignInUsers',
      'TablesControl',
      'TablesTicks',
    ])
  })

  test('keep failed batches for 30 days, and reports of the archive for 62', () => {
    const buckets = settingsOf('AWS::S3::Bucket', 'LifecycleConfiguration')
    assert.deepEqual(Object.fromEntries(Object.entries(buckets).map(([id, [value]]) => [id, plain(value)])), {
      FailedBatchesBucket: 'Rules=ExpirationInDays=30 Status=Enabled',
      ArchiveBucket:
        'Rules=NoncurrentVersionExpiration=NoncurrentDays=30 Status=Enabled, ExpirationInDays=62 Prefix=parts/ Status=Enabled',
    })
  })

  test('give a task a quarter of a CPU, half a gigabyte, and a minute to stop', () => {
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
    // Nothing may connect to a task.
    for (const [id, [ingress]] of Object.entries(
      settingsOf('AWS::EC2::SecurityGroup', 'SecurityGroupIngress'),
    ))
      assert.equal(ingress, undefined, id)
  })

  test('limit the routes that read many ticks for everybody, after all routes exist', () => {
    const [stage] = Object.entries(resources).filter(([id]) => nameOf(id) === 'RestStage')
    const limits = { ThrottlingBurstLimit: 250, ThrottlingRateLimit: 100 }
    assert.deepEqual(stage?.[1].Properties.RouteSettings, {
      'GET /v1/ticks/{issue}': limits,
      'GET /v1/trades/{issue}': limits,
      'GET /v1/bars/{issue}': limits,
    })
    const routes = Object.entries(resources)
      .filter(([id, { Type }]) => Type === 'AWS::ApiGatewayV2::Route' && id.startsWith('Rest'))
      .map(([id]) => id)
    const before = new Set([stage?.[1].DependsOn].flat())
    assert.deepEqual(
      routes.filter(id => !before.has(id)),
      [],
    )
    assert.ok(routes.length > 10)
  })

  test('limit the requests of both APIs, and allow pages of any origin to read', () => {
    const stages = settingsOf('AWS::ApiGatewayV2::Stage', 'StageName', 'DefaultRouteSettings', 'AutoDeploy')
    assert.deepEqual(stages, {
      RealtimeStage: ['live', { ThrottlingBurstLimit: 1_000, ThrottlingRateLimit: 600 }, true],
      RestStage: ['$default', { ThrottlingBurstLimit: 1_000, ThrottlingRateLimit: 400 }, true],
    })
    const apis = settingsOf(
      'AWS::ApiGatewayV2::Api',
      'ProtocolType',
      'RouteSelectionExpression',
      'CorsConfiguration',
    )
    const cors = {
      AllowHeaders: ['authorization', 'if-none-match'],
      AllowMethods: ['GET'],
      AllowOrigins: ['*'],
      ExposeHeaders: ['etag'],
      MaxAge: 86_400,
    }
    assert.deepEqual(apis, {
      RealtimeApi: ['WEBSOCKET', '$request.body.action', undefined],
      RestApi: ['HTTP', undefined, cors],
    })
    const [[type, identity] = []] = Object.values(
      settingsOf('AWS::ApiGatewayV2::Authorizer', 'AuthorizerType', 'IdentitySource'),
    )
    assert.deepEqual([type, identity], ['JWT', ['$request.header.Authorization']])
  })

  test('let only administrators create users, with long passwords and tokens of an hour', () => {
    const [[creation, policies] = []] = Object.values(
      settingsOf('AWS::Cognito::UserPool', 'AdminCreateUserConfig', 'Policies'),
    )
    assert.equal(plain(creation), 'AllowAdminCreateUserOnly=true')
    assert.equal(
      plain(policies),
      'PasswordPolicy=MinimumLength=12 RequireLowercase=true RequireNumbers=true RequireSymbols=true RequireUppercase=true',
    )
    const [[validity, units, flows, oauth, errors] = []] = Object.values(
      settingsOf(
        'AWS::Cognito::UserPoolClient',
        'AccessTokenValidity',
        'TokenValidityUnits',
        'ExplicitAuthFlows',
        'AllowedOAuthFlowsUserPoolClient',
        'PreventUserExistenceErrors',
      ),
    )
    assert.deepEqual([validity, units, oauth, errors], [60, { AccessToken: 'minutes' }, false, 'ENABLED'])
    assert.deepEqual(flows, ['ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'])
    const [[generated] = []] = Object.values(
      settingsOf('AWS::SecretsManager::Secret', 'GenerateSecretString'),
    )
    assert.deepEqual(generated, { ExcludePunctuation: true, PasswordLength: 32 })
  })
})
