import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { LINE_NUMBERS } from '../../market/lane.ts'
import { plain } from './plain-values.ts'
import { synthesize } from './synthesis.ts'
import { nameOf } from './template-reading.ts'

const { resources } = synthesize()

interface Policy {
  readonly Roles: readonly unknown[]
  readonly PolicyDocument: {
    readonly Statement: readonly {
      readonly Effect: string
      readonly Action: string | readonly string[]
      readonly Resource: unknown
      readonly Condition?: object
    }[]
  }
}

/** The rights of each role: `action on resource`, one for each pair, sorted. */
function rightsOf(): Record<string, string[]> {
  const rights: Record<string, string[]> = {}
  for (const { Type, Properties } of Object.values(resources)) {
    if (Type !== 'AWS::IAM::Policy') continue
    const { Roles, PolicyDocument } = Properties as unknown as Policy
    assert.equal(Roles.length, 1)
    const role = plain(Roles[0])
    for (const { Effect, Action, Resource, Condition } of PolicyDocument.Statement) {
      assert.equal(Effect, 'Allow')
      const condition = Condition === undefined ? '' : ` if ${plain(Condition)}`
      for (const action of [Action].flat()) {
        for (const resource of [Resource].flat()) {
          const right = `${action} on ${plain(resource)}${condition}`
          rights[role] = [...(rights[role] ?? []), right]
        }
      }
    }
  }
  return Object.fromEntries(Object.entries(rights).map(([role, list]) => [role, list.sort()]))
}

const rights = rightsOf()

const edgeSecret = [
  'secretsmanager:GetSecretValue on EdgeHeaderSecret',
  'kms:Decrypt on KeysData.Arn if StringEquals=kms:ViaService=secretsmanager.Region.amazonaws.com',
]
const log = (group: string): string[] => [
  `logs:CreateLogStream on ${group}.Arn`,
  `logs:PutLogEvents on ${group}.Arn`,
]
/** The use of a key by a service that acts for the role. */
const key = (name: 'Data' | 'Events', service: string, ...actions: string[]): string[] =>
  actions.map(
    action =>
      `kms:${action} on Keys${name}.Arn if StringEquals=kms:ViaService=${service}.Region.amazonaws.com`,
  )
/** X-Ray knows no resources for what it is sent. */
const traces = ['xray:PutTelemetryRecords on *', 'xray:PutTraceSegments on *']
const connections = (method: string): string =>
  `execute-api:ManageConnections on arn:Partition:execute-api:Region:AccountId:RealtimeApi/live/${method}/@connections/*`
const posts = connections('POST')
const lookups = connections('GET')
const closes = connections('DELETE')
/** What a mapping needs to read the stream. Lambda documents this list; CDK writes it. */
const reading = [
  'kinesis:DescribeStream',
  'kinesis:DescribeStreamConsumer',
  'kinesis:DescribeStreamSummary',
  'kinesis:GetRecords',
  'kinesis:GetShardIterator',
  'kinesis:ListShards',
  'kinesis:ListStreams',
  'kinesis:SubscribeToShard',
].map(action => `${action} on TicksStream.Arn`)
const failed = [
  ...key('Data', 's3', 'GenerateDataKey'),
  's3:ListBucket on FailedBatchesBucket.Arn',
  's3:PutObject on FailedBatchesBucket.Arn/aws/lambda/*',
]
const tables = key('Data', 'dynamodb', 'Decrypt')
const stream = key('Data', 'kinesis', 'Decrypt')
const toBucket = key('Data', 's3', 'GenerateDataKey')
const fromBucket = key('Data', 's3', 'Decrypt')
const toQueue = key('Events', 'sqs', 'Decrypt', 'GenerateDataKey')
const repository = `arn:Partition:ecr:Region:AccountId:repository/cdk-hnb659fds-container-assets-\${AWS::AccountId}-\${AWS::Region}`

/** Functions that CodeDeploy moves to a new version. */
const RELEASED = [
  'RestDelayedPrices',
  'RestRealtimePrices',
  'RestMarketInfo',
  'RealtimeConnect',
  'RealtimeMessage',
  'RealtimeDisconnect',
]

/** Functions whose concurrency market-hours changes. */
const READY = ['RealtimeConnect', 'RealtimeMessage', 'Broadcast', 'BroadcastPushRoom']
const CONTROLLED = [...READY, 'StoreStoreTicks']
const MAPPINGS = Object.entries(resources).flatMap(([id, { Type }]) =>
  Type === 'AWS::Lambda::EventSourceMapping' ? [nameOf(id)] : [],
)
const itemsOfControl = (...ids: readonly string[]): string =>
  `TablesControl.Arn if ForAllValues:StringEquals=dynamodb:LeadingKeys=${ids.join(', ')}`
const itemsOfUsers = 'TablesUsers.Arn if ForAllValues:StringLike=dynamodb:LeadingKeys=user#*'
const calendar = `dynamodb:GetItem on ${itemsOfControl('calendar')}`
const calendarAndSectors = `dynamodb:GetItem on ${itemsOfControl('calendar', 'sectors')}`

const EXPECTED: Record<string, string[]> = {
  RealtimeConnectRole: [
    ...log('RealtimeConnectLog'),
    ...traces,
    ...tables,
    ...edgeSecret,
    'dynamodb:BatchGetItem on TablesConnections.Arn',
    'dynamodb:GetItem on TablesConnections.Arn',
    'dynamodb:PutItem on TablesConnections.Arn',
    `dynamodb:GetItem on ${itemsOfUsers}`,
    `dynamodb:PutItem on ${itemsOfUsers}`,
    `dynamodb:UpdateItem on ${itemsOfUsers}`,
    'dynamodb:UpdateItem on TablesUsers.Arn if ForAllValues:StringLike=dynamodb:LeadingKeys=access#*',
  ],
  RealtimeDisconnectRole: [
    ...log('RealtimeDisconnectLog'),
    ...tables,
    'dynamodb:UpdateItem on TablesConnections.Arn',
  ],
  RealtimeMessageRole: [
    ...log('RealtimeMessageLog'),
    ...tables,
    'dynamodb:GetItem on TablesUsers.Arn if ForAllValues:StringLike=dynamodb:LeadingKeys=user#*',
    lookups,
    posts,
    closes,
    'dynamodb:BatchGetItem on TablesBoards.Arn',
    'dynamodb:GetItem on TablesConnections.Arn',
    'dynamodb:UpdateItem on TablesConnections.Arn',
    'dynamodb:PutItem on TablesConnections.Arn if ForAllValues:StringEquals=dynamodb:LeadingKeys=issuer-keys',
  ],
  RestDelayedPricesRole: [
    ...log('RestDelayedPricesLog'),
    ...tables,
    ...edgeSecret,
    calendar,
    'dynamodb:Query on TablesTicks.Arn',
    'dynamodb:BatchGetItem on TablesBoards.Arn if ForAllValues:StringLike=dynamodb:LeadingKeys=issues#*',
  ],
  RestRealtimePricesRole: [
    ...log('RestRealtimePricesLog'),
    ...tables,
    ...edgeSecret,
    calendarAndSectors,
    'dynamodb:Query on TablesTicks.Arn',
    'dynamodb:BatchGetItem on TablesBoards.Arn',
    'dynamodb:GetItem on TablesUsers.Arn if ForAllValues:StringLike=dynamodb:LeadingKeys=user#*',
    'dynamodb:UpdateItem on TablesUsers.Arn if ForAllValues:StringLike=dynamodb:LeadingKeys=access#*',
  ],
  RestMarketInfoRole: [
    ...log('RestMarketInfoLog'),
    ...tables,
    ...edgeSecret,
    calendarAndSectors,
    'dynamodb:BatchGetItem on TablesBoards.Arn',
  ],
  StoreStoreTicksRole: [
    ...log('StoreStoreTicksLog'),
    ...tables,
    ...stream,
    calendar,
    ...reading,
    ...failed,
    'dynamodb:BatchGetItem on TablesTicks.Arn',
    'dynamodb:BatchWriteItem on TablesTicks.Arn',
    'dynamodb:PutItem on TablesTicks.Arn',
    'dynamodb:Query on TablesTicks.Arn',
  ],
  BroadcastPushRoomRole: [...log('BroadcastPushRoomLog'), posts],
  BroadcastRole: [
    ...log('BroadcastLog'),
    ...tables,
    ...stream,
    ...reading,
    'kinesis:DescribeStreamConsumer on TicksBroadcast.ConsumerARN',
    'kinesis:SubscribeToShard on TicksBroadcast.ConsumerARN',
    ...failed,
    lookups,
    posts,
    closes,
    'dynamodb:UpdateItem on TablesConnections.Arn',
    'dynamodb:Query on TablesConnections.Arn',
    'dynamodb:Query on TablesConnections.Arn/index/changes',
    'dynamodb:BatchGetItem on TablesBoards.Arn',
    'dynamodb:BatchWriteItem on TablesBoards.Arn',
    'dynamodb:GetItem on TablesBoards.Arn',
    'dynamodb:PutItem on TablesBoards.Arn',
    'dynamodb:UpdateItem on TablesBoards.Arn',
    'lambda:InvokeFunction on BroadcastPushRoomLive',
  ],
  ...Object.fromEntries(
    LINE_NUMBERS.flatMap(line => [
      [
        `IngestTask${line}TaskRole`,
        [
          calendar,
          ...tables,
          ...key('Data', 'kinesis', 'Decrypt', 'GenerateDataKey'),
          ...['GetRecords', 'GetShardIterator', 'ListShards', 'PutRecords'].map(
            action => `kinesis:${action} on TicksStream.Arn`,
          ),
          ...['GetItem', 'PutItem', 'UpdateItem'].map(
            action =>
              `dynamodb:${action} on TablesControl.Arn if ForAllValues:StringEquals=dynamodb:LeadingKeys=lease#${line}, standby#${line}, candidate#${line}, login`,
          ),
        ],
      ],
      [
        `IngestTask${line}ExecutionRole`,
        [
          ...log('IngestLog'),
          `ecr:BatchCheckLayerAvailability on ${repository}`,
          `ecr:BatchGetImage on ${repository}`,
          `ecr:GetDownloadUrlForLayer on ${repository}`,
          'ecr:GetAuthorizationToken on *',
          'secretsmanager:DescribeSecret on LineSecret',
          'secretsmanager:GetSecretValue on LineSecret',
        ],
      ],
    ]),
  ),
  IngestNetworkOwnFlowLogRole: [
    ...log('IngestNetworkOwnFlowLogs'),
    'logs:DescribeLogStreams on IngestNetworkOwnFlowLogs.Arn',
  ],
  ScheduleMarketHoursRole: [
    ...log('ScheduleMarketHoursLog'),
    ...traces,
    ...tables,
    ...fromBucket,
    ...toQueue,
    ...LINE_NUMBERS.flatMap(line =>
      ['DescribeServices', 'UpdateService'].map(action => `ecs:${action} on IngestService${line}Service`),
    ),
    'kinesis:DescribeStreamSummary on TicksStream.Arn',
    'kinesis:UpdateShardCount on TicksStream.Arn',
    ...['Get', 'Put', 'Delete'].flatMap(verb => [
      ...CONTROLLED.map(fn => `lambda:${verb}FunctionConcurrency on ${fn}Function.Arn`),
      ...READY.map(fn => `lambda:${verb}ProvisionedConcurrencyConfig on ${fn}Live`),
    ]),
    ...['Get', 'Update'].flatMap(verb =>
      MAPPINGS.map(
        id =>
          `lambda:${verb}EventSourceMapping on arn:Partition:lambda:Region:AccountId:event-source-mapping:${id}`,
      ),
    ),
    ...['Ticks', 'Boards', 'Connections'].flatMap(table =>
      ['DescribeTable', 'UpdateTable'].map(action => `dynamodb:${action} on Tables${table}.Arn`),
    ),
    'dynamodb:BatchGetItem on TablesBoards.Arn',
    `dynamodb:GetItem on ${itemsOfControl('hold', 'lock#market-hours', 'state', 'calendar', 'lease#1', 'lease#2', 'lease#3')}`,
    `dynamodb:PutItem on ${itemsOfControl('lock#market-hours', 'state')}`,
    `dynamodb:DeleteItem on ${itemsOfControl('lock#market-hours', 'state')}`,
    's3:GetObject on ArchiveBucket.Arn/manifests/*',
    's3:ListBucket on ArchiveBucket.Arn',
    ...['GetQueueAttributes', 'GetQueueUrl', 'SendMessage'].map(
      action => `sqs:${action} on LostEventsQueue.Arn`,
    ),
    'cloudwatch:DescribeAlarms on arn:Partition:cloudwatch:Region:AccountId:alarm:*',
    ...['EnableAlarmActions', 'DisableAlarmActions', 'SetAlarmState'].map(
      action => `cloudwatch:${action} on arn:Partition:cloudwatch:Region:AccountId:alarm:StackName-trading-*`,
    ),
    ...['Get', 'Update'].map(verb => `scheduler:${verb}Schedule on OutsideEveryMinute.Arn`),
    'iam:PassRole on OutsideRole.Arn if StringEquals=iam:PassedToService=scheduler.amazonaws.com',
  ],
  ScheduleRole: [
    ...toQueue,
    'lambda:InvokeFunction on ScheduleMarketHoursLive',
    'sqs:SendMessage on LostEventsQueue.Arn',
  ],
  OutsideCanaryRole: [...log('OutsideCanaryLog'), 'secretsmanager:GetSecretValue on CanarySecret'],
  OutsideRole: [
    ...toQueue,
    'lambda:InvokeFunction on OutsideCanaryLive',
    'sqs:SendMessage on LostEventsQueue.Arn',
  ],
  CloseCloseOfDayRole: [
    ...log('CloseCloseOfDayLog'),
    ...traces,
    ...tables,
    ...fromBucket,
    ...toBucket,
    `dynamodb:GetItem on ${itemsOfControl('calendar', 'state')}`,
    'dynamodb:BatchWriteItem on TablesTicks.Arn',
    'dynamodb:Query on TablesTicks.Arn',
    'dynamodb:BatchGetItem on TablesBoards.Arn',
    'dynamodb:Scan on TablesBoards.Arn',
    's3:GetObject on ArchiveBucket.Arn/*',
    's3:PutObject on ArchiveBucket.Arn/*',
    's3:ListBucket on ArchiveBucket.Arn',
    'lambda:InvokeFunction on CloseCloseOfDayLive',
  ],
  CloseRole: [
    ...toQueue,
    'lambda:InvokeFunction on CloseCloseOfDayLive',
    'sqs:SendMessage on LostEventsQueue.Arn',
  ],
  BackupsRole: [
    ...['Control', 'Users'].flatMap(table => [
      ...['CreateBackup', 'DescribeTable', 'ListTagsOfResource', 'StartAwsBackupJob'].map(
        action => `dynamodb:${action} on Tables${table}.Arn`,
      ),
      `dynamodb:DeleteBackup on Tables${table}.Arn/backup/*`,
      `dynamodb:DescribeBackup on Tables${table}.Arn/backup/*`,
    ]),
    'backup:CopyIntoBackupVault on BackupsVault.BackupVaultArn',
    'backup:DescribeBackupVault on BackupsVault.BackupVaultArn',
    'backup:TagResource on arn:Partition:backup:Region:AccountId:recovery-point:*',
    ...key('Data', 'backup', 'Decrypt', 'GenerateDataKey'),
    ...key('Data', 'dynamodb', 'Decrypt', 'GenerateDataKey'),
    'kms:DescribeKey on KeysData.Arn',
    'kms:CreateGrant on KeysData.Arn if Bool=kms:GrantIsForAWSResource=true',
  ],
  RealtimeLogRole: [
    'CreateLogGroup',
    'CreateLogStream',
    'DescribeLogGroups',
    'DescribeLogStreams',
    'FilterLogEvents',
    'GetLogEvents',
    'PutLogEvents',
  ].map(action => `logs:${action} on arn:Partition:logs:Region:AccountId:log-group:*`),
  ReleaseRole: [
    ...RELEASED.flatMap(fn =>
      ['GetAlias', 'UpdateAlias', 'GetProvisionedConcurrencyConfig'].flatMap(action => [
        `lambda:${action} on ${fn}Function.Arn`,
        `lambda:${action} on ${fn}Function.Arn:live`,
      ]),
    ),
    'cloudwatch:DescribeAlarms on arn:Partition:cloudwatch:Region:AccountId:alarm:*',
  ],
}

/** Who takes a role that is not of a function. */
const SERVICES: readonly [RegExp, string][] = [
  [/^IngestTask/, 'ecs-tasks'],
  [/^(Schedule|Close|Outside)Role$/, 'scheduler'],
  [/^BackupsRole$/, 'backup'],
  [/^RealtimeLogRole$/, 'apigateway'],
]

suite('the rights of a role', () => {
  for (const [role, expected] of Object.entries(EXPECTED)) {
    test(`${role} are exactly those that it needs`, () => assert.deepEqual(rights[role], expected.toSorted()))
  }

  test('are listed here for every role of the template', () => {
    assert.deepEqual(Object.keys(rights).sort(), Object.keys(EXPECTED).sort())
  })

  test('belong to a role that one service may take', () => {
    const services = Object.entries(resources).flatMap(([id, { Type, Properties }]) => {
      if (Type !== 'AWS::IAM::Role') return []
      const { Statement } = Properties.AssumeRolePolicyDocument as { Statement: readonly object[] }
      return [[nameOf(id), plain(Statement)] as const]
    })
    const taking = (service: string): string =>
      `Action=sts:AssumeRole Effect=Allow Principal=Service=${service}.amazonaws.com`
    for (const [role, text] of services) {
      if (role === 'ReleaseRole') {
        // For deployments of this application alone.
        assert.equal(
          text,
          'Action=sts:AssumeRole Condition=StringEquals=aws:SourceAccount=AccountId ' +
            'ArnLike=aws:SourceArn=arn:Partition:codedeploy:Region:AccountId:deploymentgroup:ReleaseApplication/* ' +
            'Effect=Allow Principal=Service=codedeploy.amazonaws.com',
        )
        continue
      }
      // A flow log of another account must not use the role.
      if (role === 'IngestNetworkOwnFlowLogRole') {
        assert.equal(
          text,
          'Action=sts:AssumeRole Condition=StringEquals=aws:SourceAccount=AccountId Effect=Allow Principal=Service=vpc-flow-logs.amazonaws.com',
        )
        continue
      }
      const service = SERVICES.find(([pattern]) => pattern.test(role))?.[1] ?? 'lambda'
      assert.equal(text, taking(service), role)
    }
    assert.deepEqual(services.map(([role]) => role).sort(), Object.keys(EXPECTED).sort())
  })

  test('let only the gateway invoke the functions of its routes', () => {
    const permissions = Object.values(resources).filter(({ Type }) => Type === 'AWS::Lambda::Permission')
    for (const { Properties } of permissions) {
      const { Action, Principal, SourceArn } = Properties
      assert.deepEqual([Action, Principal], ['lambda:InvokeFunction', 'apigateway.amazonaws.com'])
      assert.match(
        plain(SourceArn),
        /^arn:Partition:execute-api:Region:AccountId:(RealtimeApi\/\*\$\w+|RestApi\/\*\/\*\/v1\/[\w/{}]+)$/,
      )
    }
    assert.equal(
      permissions.length,
      Object.values(resources).filter(({ Type }) => Type === 'AWS::ApiGatewayV2::Route').length,
    )
  })
})
