import assert from 'node:assert/strict'
import { test } from 'node:test'
import { synthesize } from './synthesis.ts'
import { nameOf, read } from './template-reading.ts'

const { resources } = synthesize()
const { ofType } = read(resources)

/** Memory (MB; 1,769 MB are one vCPU) and time limit (s) by function. */
const FUNCTIONS: Readonly<Record<string, readonly [memory: number, seconds: number]>> = {
  connect: [512, 10],
  disconnect: [512, 10],
  message: [1024, 10],
  'delayed-prices': [1024, 10],
  'realtime-prices': [1024, 10],
  'market-info': [1024, 10],
  'store-ticks': [1769, 120],
  'push-room': [1769, 30],
  broadcast: [1769, 30],
  'market-hours': [512, 60],
  'close-of-day': [1769, 900],
}

test('each function has its memory and time limit, its name as description, and source maps', () => {
  const found = ofType('AWS::Lambda::Function').map(({ Properties }) => {
    const { Variables } = Properties.Environment as { Variables: Record<string, string> }
    const name = String(Variables.POWERTOOLS_SERVICE_NAME)
    assert.equal(Properties.Description, `itastream ${name}`)
    assert.equal(Variables.NODE_OPTIONS, '--enable-source-maps')
    assert.equal(Variables.POWERTOOLS_METRICS_NAMESPACE, 'itastream')
    return [name, [Properties.MemorySize, Properties.Timeout]]
  })
  assert.deepEqual(Object.fromEntries(found), FUNCTIONS)
})

const STREAM_READER = [
  'DescribeStream',
  'DescribeStreamConsumer',
  'DescribeStreamSummary',
  'GetRecords',
  'GetShardIterator',
  'ListShards',
  'ListStreams',
  'SubscribeToShard',
].map(action => `kinesis:${action} TicksStream`)
const FAILED_BATCHES = ['s3:ListBucket FailedBatchesBucket', 's3:PutObject FailedBatchesBucket']
const POSTS = ['execute-api:ManageConnections RealtimeApi']
const on = (resource: string, ...actions: readonly string[]): string[] =>
  actions.map(action => `dynamodb:${action} Tables${resource}`)

/** What the role of each function may do, except for its own log. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  RealtimeConnect: on('Connections', 'PutItem'),
  RealtimeDisconnect: on('Connections', 'UpdateItem'),
  RealtimeMessage: [...on('Connections', 'GetItem', 'UpdateItem'), ...on('Boards', 'BatchGetItem'), ...POSTS],
  RestRealtimePrices: [...on('Ticks', 'Query'), ...on('Boards', 'BatchGetItem')],
  RestMarketInfo: on('Boards', 'BatchGetItem'),
  StoreStoreTicks: [
    ...on('Ticks', 'BatchGetItem', 'BatchWriteItem', 'PutItem', 'Query'),
    ...FAILED_BATCHES,
    ...STREAM_READER,
  ],
  BroadcastPushRoom: POSTS,
  Broadcast: [
    ...POSTS,
    ...on('Connections', 'UpdateItem', 'Query'),
    ...on('Boards', 'BatchGetItem', 'BatchWriteItem', 'GetItem', 'PutItem'),
    'lambda:InvokeFunction BroadcastPushRoomFunction',
    ...FAILED_BATCHES,
    ...STREAM_READER,
    'kinesis:DescribeStreamConsumer TicksBroadcast',
    'kinesis:SubscribeToShard TicksBroadcast',
  ],
  ScheduleMarketHours: [
    'ecs:DescribeServices IngestService1Service',
    'ecs:UpdateService IngestService1Service',
    'kinesis:DescribeStreamSummary TicksStream',
    'kinesis:UpdateShardCount TicksStream',
  ],
}

interface Statement {
  readonly Action: string | readonly string[]
  readonly Resource: unknown
}

/** Returns the name of the first resource of the stack that a value refers to; '' if it refers to none. */
function firstName(value: unknown): string {
  const ids = Object.keys(resources).filter(id => JSON.stringify(value).includes(`"${id}"`))
  return nameOf(ids[0] ?? '')
}

test('each role may call exactly the actions that its function needs', () => {
  const found = new Map<string, string[]>()
  for (const { Properties } of ofType('AWS::IAM::Policy')) {
    const [role] = Properties.Roles as { Ref: string }[]
    const name = nameOf(role!.Ref).replace(/Role$/, '')
    const { Statement } = Properties.PolicyDocument as { Statement: readonly Statement[] }
    const allowed = Statement.flatMap(({ Action, Resource }) =>
      [Action].flat().map(action => `${action} ${firstName(Resource)}`),
    )
    found.set(name, [...(found.get(name) ?? []), ...allowed.filter(text => !text.startsWith('logs:'))])
  }
  for (const [name, allowed] of Object.entries(ALLOWED)) {
    assert.deepEqual(found.get(name)?.toSorted(), allowed.toSorted(), name)
  }
})
