/** Kinesis as the AWS SDK sees it. Other implementations pass these tests too, but for what `test/other-aws` lists. */
import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  CreateStreamCommand,
  GetRecordsCommand,
  ListShardsCommand,
  PutRecordCommand,
  PutRecordsCommand,
  type PutRecordsRequestEntry,
} from '@aws-sdk/client-kinesis'
import { startStreamEndpoint } from '../../other-aws/stream-endpoint.ts'
import { refused } from './cloud-fixture.ts'
import { FIRST_SHARD, openStream, reshard, STREAM, type StreamClient } from './stream-fixture.ts'

const DAY_MS = 24 * 3_600_000
/** Wait between two records, so that they arrive at different times. */
const APART_MS = 10

const open = async (t: TestContext, shards = 1) => openStream(t, await startStreamEndpoint(), shards)

test('an iterator starts where its type says', async t => {
  const stream = await open(t)
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

/** Returns the times at which the records of a new stream arrived. They differ. */
async function putApart(stream: StreamClient, ...texts: readonly string[]): Promise<number[]> {
  for (const text of texts) {
    await stream.put(text)
    await sleep(APART_MS)
  }
  const ShardIterator = await stream.iterator({ ShardIteratorType: 'TRIM_HORIZON' })
  const { Records = [] } = await stream.sdk.send(new GetRecordsCommand({ ShardIterator }))
  return Records.map(record => record.ApproximateArrivalTimestamp!.getTime())
}

test('AT_TIMESTAMP starts at the first record of that millisecond or later', async t => {
  const stream = await open(t)
  const since = (time: number) =>
    stream.iterator({ ShardIteratorType: 'AT_TIMESTAMP', Timestamp: new Date(time) })
  const beforeAll = await since(Date.now() - DAY_MS)
  const [one, two] = await putApart(stream, 'one', 'two')
  const read = async (time: number) => (await stream.read(await since(time))).texts
  assert.deepEqual((await stream.read(beforeAll)).texts, ['one', 'two'])
  assert.deepEqual(await read(one!), ['one', 'two'])
  assert.deepEqual(await read(one! + 1), ['two'])
  assert.deepEqual(await read(two!), ['two'])
  const afterAll = await since(two! + 1)
  await stream.put('three')
  assert.deepEqual((await stream.read(afterAll)).texts, ['three'])
  await refused(since(Date.now() + DAY_MS), 'InvalidArgumentException', 400)
})

test('a reader continues with the next iterator and learns whether it is behind', async t => {
  const stream = await open(t)
  const start = Date.now()
  const [one] = await putApart(stream, 'one', 'two')
  assert.ok(start <= one! && one! <= Date.now(), `${one} after ${start}`)
  const ShardIterator = await stream.iterator({ ShardIteratorType: 'TRIM_HORIZON' })
  const limited = await stream.sdk.send(new GetRecordsCommand({ ShardIterator, Limit: 1 }))
  assert.equal(limited.Records?.length, 1)
  assert.ok(limited.MillisBehindLatest! > 0)
  const rest = await stream.read(limited.NextShardIterator!)
  assert.deepEqual([rest.texts, rest.behind], [['two'], 0])
  const nothing = await stream.read(rest.next!)
  assert.deepEqual([nothing.texts, nothing.behind], [[], 0])
  await stream.put('three')
  assert.deepEqual((await stream.read(nothing.next!)).texts, ['three'])
})

const shardOf = async (stream: StreamClient, entry: Partial<PutRecordsRequestEntry>) => {
  const input = { StreamName: STREAM, PartitionKey: 'key', Data: Buffer.from('x'), ...entry }
  return (await stream.sdk.send(new PutRecordCommand(input))).ShardId
}

test('a record goes to the shard of its hash key, which is the MD5 of its partition key', async t => {
  const stream = await open(t, 4)
  // MD5 of "key": 3c6e…, of "c": 4a8a…, of "b": 92eb….
  assert.equal(await shardOf(stream, { PartitionKey: 'key' }), 'shardId-000000000000')
  assert.equal(await shardOf(stream, { PartitionKey: 'c' }), 'shardId-000000000001')
  assert.equal(await shardOf(stream, { PartitionKey: 'b' }), 'shardId-000000000002')
  assert.equal(await shardOf(stream, { ExplicitHashKey: '0' }), 'shardId-000000000000')
  assert.equal(await shardOf(stream, { ExplicitHashKey: String((1n << 128n) - 1n) }), 'shardId-000000000003')
})

test('four shards divide the hash keys evenly', async t => {
  const stream = await open(t, 4)
  const last = String((1n << 126n) - 1n)
  assert.equal(await shardOf(stream, { ExplicitHashKey: last }), 'shardId-000000000000')
  assert.equal(await shardOf(stream, { ExplicitHashKey: String(1n << 126n) }), 'shardId-000000000001')
})

test('a closed shard ends its readers, and its children continue it', async t => {
  const stream = await open(t)
  const horizon = await stream.iterator({ ShardIteratorType: 'TRIM_HORIZON' })
  const [before] = await stream.put('parent')
  await reshard(stream, 2)
  const [after] = await stream.put('child')
  const parent = await stream.read(horizon)
  assert.deepEqual([parent.texts, parent.next], [['parent'], undefined])
  assert.deepEqual(
    parent.children.map(({ ShardId, ParentShards }) => [ShardId, ParentShards]),
    [
      ['shardId-000000000001', [FIRST_SHARD]],
      ['shardId-000000000002', [FIRST_SHARD]],
    ],
  )
  assert.deepEqual(
    await stream.textsFrom({ shard: 'shardId-000000000001', ShardIteratorType: 'TRIM_HORIZON' }),
    ['child'],
  )
  const { Shards = [] } = await stream.sdk.send(new ListShardsCommand({ StreamName: STREAM }))
  assert.deepEqual(
    Shards.map(shard => [shard.ParentShardId, shard.AdjacentParentShardId]),
    [
      [undefined, undefined],
      [FIRST_SHARD, undefined],
      [FIRST_SHARD, undefined],
    ],
  )
  assert.ok(BigInt(before!) < BigInt(after!))

  await reshard(stream, 1)
  const merged = (await stream.sdk.send(new ListShardsCommand({ StreamName: STREAM }))).Shards!.at(-1)!
  assert.deepEqual(
    [merged.ParentShardId, merged.AdjacentParentShardId],
    ['shardId-000000000001', 'shardId-000000000002'],
  )
})

test('the sequence numbers of a shard end after its records and before its children', async t => {
  const stream = await open(t)
  const [before] = await stream.put('parent')
  await reshard(stream, 2)
  const [after] = await stream.put('child')
  const { Shards = [] } = await stream.sdk.send(new ListShardsCommand({ StreamName: STREAM }))
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
})

test('a split divides the hash keys of a shard, and a merge unites them', async t => {
  const stream = await open(t)
  await reshard(stream, 2)
  await reshard(stream, 1)
  const { Shards = [] } = await stream.sdk.send(new ListShardsCommand({ StreamName: STREAM }))
  const [half, whole] = [1n << 127n, 1n << 128n]
  assert.deepEqual(
    Shards.map(({ HashKeyRange }) => [HashKeyRange?.StartingHashKey, HashKeyRange?.EndingHashKey]),
    [
      ['0', String(whole - 1n)],
      ['0', String(half - 1n)],
      [String(half), String(whole - 1n)],
      ['0', String(whole - 1n)],
    ],
  )
})

const record = (bytes: number): PutRecordsRequestEntry => ({ PartitionKey: 'key', Data: Buffer.alloc(bytes) })

const putAll = ({ sdk }: StreamClient, Records: PutRecordsRequestEntry[]) =>
  sdk.send(new PutRecordsCommand({ StreamName: STREAM, Records }))

test('a request above a limit fails with the error of AWS', async t => {
  const stream = await open(t)
  await refused(putAll(stream, [record(1024 * 1024 + 1)]), 'ValidationException', 400)
  const many = Array.from({ length: 501 }, () => record(1))
  await refused(putAll(stream, many), 'ValidationException', 400)
  const large = Array.from({ length: 11 }, () => record(1024 * 1024))
  await refused(putAll(stream, large), 'InvalidArgumentException', 400)
  assert.equal((await putAll(stream, large.slice(0, 9))).FailedRecordCount, 0)
})

test('a request for an unknown name fails with the error of AWS', async t => {
  const stream = await open(t)
  const other = new PutRecordsCommand({ StreamName: 'other', Records: [record(1)] })
  await refused(stream.sdk.send(other), 'ResourceNotFoundException', 400)
  const again = new CreateStreamCommand({ StreamName: STREAM, ShardCount: 1 })
  await refused(stream.sdk.send(again), 'ResourceInUseException', 400)
  const noShard = stream.iterator({ shard: 'shardId-000000000007', ShardIteratorType: 'LATEST' })
  await refused(noShard, 'ResourceNotFoundException', 400)
})

test('a hash key above 2^128 and a place without its number or time fail with the error of AWS', async t => {
  const stream = await open(t)
  const above = { ...record(1), ExplicitHashKey: String(1n << 128n) }
  await refused(putAll(stream, [above]), 'InvalidArgumentException', 400)
  for (const ShardIteratorType of ['AT_SEQUENCE_NUMBER', 'AFTER_SEQUENCE_NUMBER', 'AT_TIMESTAMP'] as const) {
    await refused(stream.iterator({ ShardIteratorType }), 'InvalidArgumentException', 400)
  }
})

test('an iterator and a sequence number that Kinesis has not given out are invalid', async t => {
  const stream = await open(t)
  await refused(stream.read('nonsense'), 'InvalidArgumentException', 400)
  const place = { ShardIteratorType: 'AT_SEQUENCE_NUMBER', StartingSequenceNumber: '7' } as const
  await refused(stream.iterator(place), 'InvalidArgumentException', 400)
})
