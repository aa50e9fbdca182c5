import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import {
  BatchWriteItemCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb'
import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  ListShardsCommand,
  PutRecordsCommand,
} from '@aws-sdk/client-kinesis'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { openPermissions } from '../../../local/cloud/iam/policy.ts'
import { CONNECTIONS } from '../../tables/connections/connections-definition.ts'
import { att, fn, type Resources, readStream, streamOf } from './assembly-fixture.ts'
import { boot, client, refused } from './cloud-fixture.ts'

const TABLE = {
  Type: 'AWS::DynamoDB::Table',
  Properties: {
    ...CONNECTIONS,
    TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
  },
}

const RESOURCES: Resources = {
  stream: streamOf(2),
  rooms: TABLE,
  other: TABLE,
  quiet: streamOf(1),
  ...fn('reader', [
    readStream('stream'),
    {
      Effect: 'Allow',
      Action: ['kinesis:ListShards', 'kinesis:PutRecords', 'kinesis:GetShardIterator'],
      Resource: [att('stream', 'Arn'), att('quiet', 'Arn')],
    },
  ]),
  ...fn('writer', [
    { Effect: 'Allow', Action: ['dynamodb:*Item', 'dynamodb:Query'], Resource: att('rooms', 'Arn') },
    { Effect: 'Deny', Action: 'dynamodb:DeleteItem', Resource: '*' },
  ]),
}

test('a table has its keys and indexes, and reports its time to live', async t => {
  const lab = await boot(t, { resources: RESOURCES })
  const dynamo = new DynamoDBClient(client(lab.cloud))
  const TableName = lab.cloud.ref('rooms')
  const item = (connection: string, changedAt: number) => ({
    PutRequest: {
      Item: { room: { S: 'room-1' }, connection: { S: connection }, changedAt: { N: String(changedAt) } },
    },
  })
  await dynamo.send(
    new BatchWriteItemCommand({
      RequestItems: { [TableName]: [item('a', 30), item('b', 10), item('c', 20)] },
    }),
  )
  const { Items } = await dynamo.send(
    new QueryCommand({
      TableName,
      IndexName: 'changes',
      KeyConditionExpression: 'room = :room AND changedAt > :since',
      ExpressionAttributeValues: { ':room': { S: 'room-1' }, ':since': { N: '10' } },
    }),
  )
  assert.deepEqual(
    Items?.map(found => found.connection?.S),
    ['c', 'a'],
  )
  const { TimeToLiveDescription } = await dynamo.send(new DescribeTimeToLiveCommand({ TableName }))
  assert.deepEqual(TimeToLiveDescription, { AttributeName: 'expires', TimeToLiveStatus: 'ENABLED' })
  dynamo.destroy()
})

test('a role is refused the actions, resources and indexes that its policies do not allow', async t => {
  const lab = await boot(t, { resources: RESOURCES })
  await lab.cloud.invoke('writer', {})
  const config = client(lab.cloud, lab.seen[0]!.env)
  const dynamo = new DynamoDBClient(config)
  const TableName = lab.cloud.ref('rooms')
  const Item = { room: { S: 'room-1' }, connection: { S: 'a' } }
  await dynamo.send(new PutItemCommand({ TableName, Item }))
  await dynamo.send(new GetItemCommand({ TableName, Key: Item }))

  const put = new PutItemCommand({ TableName: lab.cloud.ref('other'), Item })
  await refused(dynamo.send(put), 'AccessDeniedException', 400)
  const query = new QueryCommand({
    TableName,
    IndexName: 'changes',
    KeyConditionExpression: 'room = :room',
    ExpressionAttributeValues: { ':room': { S: 'room-1' } },
  })
  await refused(dynamo.send(query), 'AccessDeniedException', 400)

  const kinesis = new KinesisClient({ ...config, requestHandler: new NodeHttpHandler() })
  const records = new PutRecordsCommand({
    StreamName: lab.cloud.ref('stream'),
    Records: [{ PartitionKey: 'k', Data: Buffer.from('x') }],
  })
  await refused(kinesis.send(records), 'AccessDeniedException', 400)
  assert.match(
    lab.logged.join(''),
    /Lab-writerRole is not authorized to perform: kinesis:PutRecords on resource: arn:/,
  )
  for (const sdk of [dynamo, kinesis]) sdk.destroy()
})

test('a role reads a stream from a timestamp on, even without records, and no other stream', async t => {
  const lab = await boot(t, { resources: RESOURCES })
  await lab.cloud.invoke('reader', {})
  const config = client(lab.cloud, lab.seen[0]!.env)
  const kinesis = new KinesisClient({ ...config, requestHandler: new NodeHttpHandler() })
  const iterator = async (stream: string, since: number): Promise<string> => {
    const StreamName = lab.cloud.ref(stream)
    const { Shards } = await kinesis.send(new ListShardsCommand({ StreamName }))
    const input = { StreamName, ShardId: Shards![0]!.ShardId, ShardIteratorType: 'AT_TIMESTAMP' as const }
    const answer = await kinesis.send(new GetShardIteratorCommand({ ...input, Timestamp: new Date(since) }))
    return answer.ShardIterator!
  }
  const put = async (text: string): Promise<void> => {
    const Records = [{ PartitionKey: 'k', ExplicitHashKey: '0', Data: Buffer.from(text) }]
    await kinesis.send(new PutRecordsCommand({ StreamName: lab.cloud.ref('stream'), Records }))
  }
  const read = async (ShardIterator: string): Promise<string[]> => {
    const { Records } = await kinesis.send(new GetRecordsCommand({ ShardIterator }))
    return Records!.map(({ Data }) => Buffer.from(Data!).toString())
  }
  const early = await iterator('stream', Date.now() - 60_000)
  assert.deepEqual(await read(early), [])
  await put('one')
  assert.deepEqual(await read(early), ['one'])
  assert.deepEqual(await read(await iterator('stream', Date.now() - 60_000)), ['one'])

  const other = new GetRecordsCommand({ ShardIterator: await iterator('quiet', Date.now() - 60_000) })
  await refused(kinesis.send(other), 'AccessDeniedException', 400)
  kinesis.destroy()
})

test('an unknown access key and an unknown function are refused', async t => {
  const lab = await boot(t, { resources: RESOURCES })
  const stranger = client(lab.cloud, { AWS_ACCESS_KEY_ID: 'AKIASTRANGER', AWS_SECRET_ACCESS_KEY: 'x' })
  const dynamo = new DynamoDBClient(stranger)
  const get = new GetItemCommand({ TableName: lab.cloud.ref('rooms'), Key: { room: { S: 'r' } } })
  await refused(dynamo.send(get), 'UnrecognizedClientException', 403)
  const lambda = new LambdaClient(client(lab.cloud))
  await refused(lambda.send(new InvokeCommand({ FunctionName: 'nobody' })), 'ResourceNotFoundException', 404)
  for (const sdk of [dynamo, lambda]) sdk.destroy()
})

test('a policy allows by wildcards, ignores the case of actions, and a Deny overrides', () => {
  const { allows } = openPermissions([
    {
      Statement: [
        {
          Effect: 'Allow',
          Action: ['dynamodb:Get*', 'DYNAMODB:query'],
          Resource: ['arn:aws:dynamodb:::table/a?c'],
        },
        { Effect: 'Allow', NotAction: ['iam:*'], Resource: ['arn:aws:s3:::b/*'] },
        { Effect: 'Deny', Action: ['dynamodb:GetItem'], Resource: ['*bc'] },
      ],
    },
  ])
  assert.ok(allows('dynamodb:GetItem', 'arn:aws:dynamodb:::table/axc'))
  assert.ok(allows('dynamodb:Query', 'arn:aws:dynamodb:::table/abc'))
  assert.ok(!allows('dynamodb:GetItem', 'arn:aws:dynamodb:::table/abc'))
  assert.ok(!allows('dynamodb:GetItem', 'arn:aws:dynamodb:::table/abbc'))
  assert.ok(!allows('dynamodb:GetItem', 'ARN:aws:dynamodb:::table/axc'))
  assert.ok(allows('s3:PutObject', 'arn:aws:s3:::b/key'))
  assert.ok(!allows('iam:PassRole', 'arn:aws:s3:::b/key'))
})

test('a table in a data folder keeps its items for the next run', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'itastream-data-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const Item = { room: { S: 'room-1' }, connection: { S: 'a' } }
  const first = await boot(t, { resources: { rooms: TABLE } }, { dataFolder: folder })
  const one = new DynamoDBClient(client(first.cloud))
  await one.send(new PutItemCommand({ TableName: first.cloud.ref('rooms'), Item }))
  one.destroy()
  await first.cloud.close()
  const second = await boot(t, { resources: { rooms: TABLE } }, { dataFolder: folder })
  const two = new DynamoDBClient(client(second.cloud))
  const found = await two.send(new GetItemCommand({ TableName: second.cloud.ref('rooms'), Key: Item }))
  assert.deepEqual(found.Item, Item)
  two.destroy()
})
