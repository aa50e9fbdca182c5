/** The in-memory Kinesis, called through the AWS SDK. */
import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type GetShardIteratorCommandInput,
  KinesisClient,
  ListShardsCommand,
  PutRecordCommand,
  PutRecordsCommand,
  type PutRecordsRequestEntry,
  UpdateShardCountCommand,
} from '@aws-sdk/client-kinesis'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { startKinesisEndpoint } from '../../../local/cloud/kinesis-endpoint.ts'
import { until } from '../../until.ts'
import { refused } from './cloud-fixture.ts'

const STREAM = 'ticks'
const FIRST_SHARD = 'shardId-000000000000'

type Position = Omit<GetShardIteratorCommandInput, 'StreamName' | 'ShardId'> & { readonly shard?: string }

/** A stream, and the calls that the tests need. */
interface StreamClient {
  readonly sdk: KinesisClient
  put(...texts: readonly string[]): Promise<string[]>
  iterator(position: Position): Promise<string>
  /** Reads once. */
  read(iterator: string): Promise<{ texts: string[]; next: string | undefined; behind: number | undefined }>
  textsFrom(position: Position): Promise<string[]>
  status(): Promise<string | undefined>
}

async function openStream(t: TestContext, shards = 1): Promise<StreamClient> {
  const endpoint = await startKinesisEndpoint({ shardLimits: false })
  t.after(() => endpoint.close())
  const sdk = new KinesisClient({
    endpoint: endpoint.url,
    region: 'ap-northeast-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
    requestHandler: new NodeHttpHandler(),
  })
  t.after(() => sdk.destroy())
  await sdk.send(new CreateStreamCommand({ StreamName: STREAM, ShardCount: shards }))
  const client: StreamClient = {
    sdk,
    async put(...texts) {
      const Records = texts.map(text => ({
        PartitionKey: 'key',
        ExplicitHashKey: '0',
        Data: Buffer.from(text),
      }))
      const output = await sdk.send(new PutRecordsCommand({ StreamName: STREAM, Records }))
      return output.Records!.map(({ SequenceNumber }) => SequenceNumber!)
    },
    async iterator({ shard = FIRST_SHARD, ...position }) {
      const input = { StreamName: STREAM, ShardId: shard, ...position }
      return (await sdk.send(new GetShardIteratorCommand(input))).ShardIterator!
    },
    async read(ShardIterator) {
      const output = await sdk.send(new GetRecordsCommand({ ShardIterator }))
      return {
        texts: output.Records!.map(({ Data }) => Buffer.from(Data!).toString()),
        next: output.NextShardIterator,
        behind: output.MillisBehindLatest,
      }
    },
    textsFrom: async position => (await client.read(await client.iterator(position))).texts,
    async status() {
      const command = new DescribeStreamSummaryCommand({ StreamName: STREAM })
      return (await sdk.send(command)).StreamDescriptionSummary?.StreamStatus
    },
  }
  return client
}

async function reshard(stream: StreamClient, TargetShardCount: number): Promise<void> {
  const input = { StreamName: STREAM, TargetShardCount, ScalingType: 'UNIFORM_SCALING' as const }
  await stream.sdk.send(new UpdateShardCountCommand(input))
  await until(async () => (await stream.status()) === 'ACTIVE', 'an active stream')
}

test('an iterator starts where its type says', async t => {
  const stream = await openStream(t)
  const [first, second] = await stream.put('one', 'two')
  const latest = await stream.iterator({ ShardIteratorType: 'LATEST' })
  await stream.put('three')
  const from = (type: 'AT_SEQUENCE_NUMBER' | 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber: string) =>
    stream.textsFrom({ ShardIteratorType: type, StartingSequenceNumber })
  assert.deepEqual((await stream.read(latest)).texts, ['three'])
  assert.deepEqual(await stream.textsFrom({ ShardIteratorType: 'TRIM_HORIZON' }), ['one', 'two', 'three'])
  assert.deepEqual(await from('AT_SEQUENCE_NUMBER', second!), ['two', 'three'])
  assert.deepEqual(await from('AFTER_SEQUENCE_NUMBER', first!), ['two', 'three'])
  assert.deepEqual(await from('AFTER_SEQUENCE_NUMBER', second!), ['three'])
})

test('AT_TIMESTAMP starts at the first record of that millisecond or later', async t => {
  t.mock.timers.enable({ apis: ['Date'], now: 1_700_000_000_123 })
  const stream = await openStream(t)
  const since = (time: number) =>
    stream.iterator({ ShardIteratorType: 'AT_TIMESTAMP', Timestamp: new Date(time) })
  const beforeAll = await since(1_600_000_000_000)
  await stream.put('one')
  t.mock.timers.tick(10)
  await stream.put('two')
  const read = async (time: number) => (await stream.read(await since(time))).texts
  assert.deepEqual((await stream.read(beforeAll)).texts, ['one', 'two'])
  assert.deepEqual(await read(1_700_000_000_123), ['one', 'two'])
  assert.deepEqual(await read(1_700_000_000_124), ['two'])
  t.mock.timers.tick(10)
  const afterAll = await since(1_700_000_000_140)
  await stream.put('three')
  assert.deepEqual((await stream.read(afterAll)).texts, ['three'])
  await refused(since(1_700_000_000_900), 'InvalidArgumentException', 400)
})

test('a reader continues with the next iterator and learns how far behind it is', async t => {
  t.mock.timers.enable({ apis: ['Date'], now: 1_700_000_000_000 })
  const stream = await openStream(t)
  await stream.put('one', 'two')
  t.mock.timers.tick(5_000)
  const ShardIterator = await stream.iterator({ ShardIteratorType: 'TRIM_HORIZON' })
  const limited = await stream.sdk.send(new GetRecordsCommand({ ShardIterator, Limit: 1 }))
  assert.deepEqual([limited.Records?.length, limited.MillisBehindLatest], [1, 5_000])
  assert.deepEqual(limited.Records?.[0]?.ApproximateArrivalTimestamp, new Date(1_700_000_000_000))
  const rest = await stream.read(limited.NextShardIterator!)
  assert.deepEqual([rest.texts, rest.behind], [['two'], 0])
  const nothing = await stream.read(rest.next!)
  assert.deepEqual([nothing.texts, nothing.behind], [[], 0])
  await stream.put('three')
  assert.deepEqual((await stream.read(nothing.next!)).texts, ['three'])
})

test('a record goes to the shard of its hash key, which is the MD5 of its partition key', async t => {
  const stream = await openStream(t, 4)
  const place = async (entry: Partial<PutRecordsRequestEntry>) => {
    const input = { StreamName: STREAM, PartitionKey: 'key', Data: Buffer.from('x'), ...entry }
    return (await stream.sdk.send(new PutRecordCommand(input))).ShardId
  }
  // MD5 of "key": 3c6e…, of "c": 4a8a…, of "b": 92eb….
  assert.equal(await place({ PartitionKey: 'key' }), 'shardId-000000000000')
  assert.equal(await place({ PartitionKey: 'c' }), 'shardId-000000000001')
  assert.equal(await place({ PartitionKey: 'b' }), 'shardId-000000000002')
  assert.equal(await place({ ExplicitHashKey: '0' }), 'shardId-000000000000')
  assert.equal(await place({ ExplicitHashKey: String((1n << 126n) - 1n) }), 'shardId-000000000000')
  assert.equal(await place({ ExplicitHashKey: String(1n << 126n) }), 'shardId-000000000001')
  assert.equal(await place({ ExplicitHashKey: String((1n << 128n) - 1n) }), 'shardId-000000000003')
})

test('a closed shard ends its readers, and its children continue its sequence numbers', async t => {
  const stream = await openStream(t)
  const horizon = await stream.iterator({ ShardIteratorType: 'TRIM_HORIZON' })
  const [before] = await stream.put('parent')
  await reshard(stream, 2)
  const [after] = await stream.put('child')
  const parent = await stream.read(horizon)
  assert.deepEqual([parent.texts, parent.next], [['parent'], undefined])
  assert.deepEqual(
    await stream.textsFrom({ shard: 'shardId-000000000001', ShardIteratorType: 'TRIM_HORIZON' }),
    ['child'],
  )
  const { Shards = [] } = await stream.sdk.send(new ListShardsCommand({ StreamName: STREAM }))
  assert.deepEqual(
    Shards.map(shard => [shard.ParentShardId, shard.AdjacentParentShardId, shard.HashKeyRange]),
    [
      [undefined, undefined, { StartingHashKey: '0', EndingHashKey: String((1n << 128n) - 1n) }],
      [FIRST_SHARD, undefined, { StartingHashKey: '0', EndingHashKey: String((1n << 127n) - 1n) }],
      [
        FIRST_SHARD,
        undefined,
        { StartingHashKey: String(1n << 127n), EndingHashKey: String((1n << 128n) - 1n) },
      ],
    ],
  )
  const numbers = [
    Shards[0]!.SequenceNumberRange!.StartingSequenceNumber!,
    before!,
    Shards[0]!.SequenceNumberRange!.EndingSequenceNumber!,
    Shards[1]!.SequenceNumberRange!.StartingSequenceNumber!,
    after!,
  ].map(BigInt)
  assert.deepEqual(
    numbers.toSorted((a, b) => (a < b ? -1 : 1)),
    numbers,
  )
  assert.equal(new Set(numbers).size, numbers.length)

  await reshard(stream, 1)
  const merged = (await stream.sdk.send(new ListShardsCommand({ StreamName: STREAM }))).Shards!.at(-1)!
  assert.deepEqual(
    [merged.ParentShardId, merged.AdjacentParentShardId],
    ['shardId-000000000001', 'shardId-000000000002'],
  )
})

test('a request above a limit or for an unknown name fails with the error of AWS', async t => {
  const stream = await openStream(t)
  const putAll = (Records: PutRecordsRequestEntry[]) =>
    stream.sdk.send(new PutRecordsCommand({ StreamName: STREAM, Records }))
  const record = (bytes: number) => ({ PartitionKey: 'key', Data: Buffer.alloc(bytes) })
  await refused(putAll([record(1024 * 1024 + 1)]), 'ValidationException', 400)
  await refused(putAll(Array.from({ length: 501 }, () => record(1))), 'ValidationException', 400)
  await refused(
    putAll(Array.from({ length: 11 }, () => record(1024 * 1024))),
    'InvalidArgumentException',
    400,
  )
  await refused(putAll([{ ...record(1), ExplicitHashKey: String(1n << 128n) }]), 'ValidationException', 400)
  assert.equal((await putAll(Array.from({ length: 9 }, () => record(1024 * 1024)))).FailedRecordCount, 0)

  const other = new PutRecordsCommand({ StreamName: 'other', Records: [record(1)] })
  await refused(stream.sdk.send(other), 'ResourceNotFoundException', 400)
  const again = new CreateStreamCommand({ StreamName: STREAM, ShardCount: 1 })
  await refused(stream.sdk.send(again), 'ResourceInUseException', 400)
  const noShard = stream.iterator({ shard: 'shardId-000000000007', ShardIteratorType: 'LATEST' })
  await refused(noShard, 'ResourceNotFoundException', 400)
  await refused(stream.read('nonsense'), 'InvalidArgumentException', 400)
  for (const StartingSequenceNumber of ['7', undefined]) {
    const iterator = stream.iterator({ ShardIteratorType: 'AT_SEQUENCE_NUMBER', StartingSequenceNumber })
    await refused(iterator, 'InvalidArgumentException', 400)
  }
})

test('an iterator expires after five minutes', async t => {
  t.mock.timers.enable({ apis: ['Date'], now: 1_700_000_000_000 })
  const stream = await openStream(t)
  const iterator = await stream.iterator({ ShardIteratorType: 'LATEST' })
  t.mock.timers.tick(300_000)
  assert.deepEqual((await stream.read(iterator)).texts, [])
  t.mock.timers.tick(1)
  await refused(stream.read(iterator), 'ExpiredIteratorException', 400)
})

test('a record is dropped after five minutes, and a reader continues with the oldest kept record', async t => {
  t.mock.timers.enable({ apis: ['Date'], now: 1_700_000_000_000 })
  const stream = await openStream(t)
  const [first] = await stream.put('one')
  t.mock.timers.tick(200_000)
  await stream.put('two')
  t.mock.timers.tick(100_001)
  await stream.put('three')
  for (const position of [
    { ShardIteratorType: 'TRIM_HORIZON' },
    { ShardIteratorType: 'AT_SEQUENCE_NUMBER', StartingSequenceNumber: first! },
    { ShardIteratorType: 'AT_TIMESTAMP', Timestamp: new Date(1_700_000_000_000) },
  ] as const) {
    assert.deepEqual(await stream.textsFrom(position), ['two', 'three'])
  }
})
