import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import {
  CreateStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  PutRecordCommand,
} from '@aws-sdk/client-kinesis'
import { startKinesisEndpoint } from '@itastream/local-cloud/kinesis-endpoint'
import type { KinesisStreamRecord } from 'aws-lambda'
import { readTail, type StreamTail, type TailRecord } from '../../../functions/broadcast/read-tail.ts'
import { createStreamClient } from '../../../functions/broadcast/stream-client.ts'

const STREAM = 'ticks'
const SHARD = 'shardId-000000000000'

interface Shard {
  readonly client: KinesisClient
  /** Puts a record now, and returns it as the first record of a batch. */
  put(text: string): Promise<KinesisStreamRecord>
  /** Reads the end of the shard around a batch, and notes the warnings. */
  around(...batch: KinesisStreamRecord[]): Promise<StreamTail>
  /** Returns the records before a batch of one record. */
  tail(first: KinesisStreamRecord): Promise<readonly TailRecord[]>
  readonly warnings: string[]
  /** Bytes of the data of each read that the shard has answered. */
  readonly reads: number[]
  /** Reads that the shard has refused. */
  readonly refused: () => number
}

/**
 * Opens a shard with its read limit, and fills it.
 * @param filled size of each record, by its age in ms. Each record starts with its age as text.
 * @param speed how much faster than real time the limits count; 0 when nothing that is read comes back to the budget.
 */
async function openShard(
  t: TestContext,
  filled: readonly (readonly [age: number, size: number])[],
  speed = 1,
): Promise<Shard> {
  const startedAt = Date.now()
  const now = (): number => startedAt * 1000 + (Date.now() - startedAt) * 1000 * speed
  const kinesis = await startKinesisEndpoint({
    shardLimits: true,
    clock: { now, realMillisecondsUntil: () => 0 },
  })
  t.after(() => kinesis.close())
  const client = createStreamClient({
    endpoint: kinesis.url,
    region: 'ap-northeast-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  })
  t.after(() => client.destroy())
  await client.send(new CreateStreamCommand({ StreamName: STREAM, ShardCount: 1 }))
  const records = filled.map(([age, size]) => {
    const data = Buffer.alloc(size)
    data.write(`${age};`)
    return { partitionKey: '1-0', data, arrivedAt: startedAt - age }
  })
  kinesis.fill(STREAM, records)
  const reads: number[] = []
  let refused = 0
  client.middlewareStack.add(
    (next, { commandName }) =>
      async args => {
        if (commandName !== 'GetRecordsCommand') return next(args)
        const result = await next(args).catch(error => {
          if (error instanceof Error && error.name.startsWith('ProvisionedThroughput')) refused++
          throw error
        })
        const { Records = [] } = result.output as { Records?: readonly { readonly Data: Uint8Array }[] }
        reads.push(Records.reduce((sum, { Data }) => sum + Data.length, 0))
        return result
      },
    { step: 'initialize', name: 'count' },
  )
  const warnings: string[] = []
  const around = (...batch: KinesisStreamRecord[]): Promise<StreamTail> =>
    readTail({
      client,
      stream: STREAM,
      batch,
      warn: (message, error) => warnings.push(`${message}: ${error instanceof Error ? error.name : error}`),
    })
  return {
    client,
    warnings,
    reads,
    refused: () => refused,
    async put(text) {
      const { SequenceNumber, ShardId } = await client.send(
        new PutRecordCommand({ StreamName: STREAM, PartitionKey: '1-0', Data: Buffer.from(text) }),
      )
      return firstRecord(`${ShardId}:${SequenceNumber}`, SequenceNumber!, Date.now())
    },
    around,
    tail: async first => (await around(first)).before,
  }
}

/** @param arrivedAt epoch ms. */
function firstRecord(eventID: string, sequenceNumber: string, arrivedAt: number): KinesisStreamRecord {
  return {
    awsRegion: 'ap-northeast-1',
    eventID,
    eventName: 'aws:kinesis:record',
    eventSource: 'aws:kinesis',
    eventSourceARN: 'arn:aws:kinesis:ap-northeast-1:123456789012:stream/ticks',
    eventVersion: '1.0',
    invokeIdentityArn: 'arn:aws:iam::123456789012:role/broadcast',
    kinesis: {
      approximateArrivalTimestamp: arrivedAt / 1000,
      data: '',
      kinesisSchemaVersion: '1.0',
      partitionKey: '1-0',
      sequenceNumber,
    },
  }
}

const agesOf = (records: readonly TailRecord[]): number[] =>
  records.map(({ data }) => Number.parseInt(Buffer.from(data).toString(), 10))

/** Reads the shard as another reader does. */
async function readFrom(client: KinesisClient, place: 'TRIM_HORIZON' | 'LATEST'): Promise<void> {
  const { ShardIterator } = await client.send(
    new GetShardIteratorCommand({ StreamName: STREAM, ShardId: SHARD, ShardIteratorType: place }),
  )
  await client.send(new GetRecordsCommand({ ShardIterator }))
}

/** Records of one megabyte each, two seconds old. */
const filledMegabytes = (count: number): [age: number, size: number][] =>
  Array.from({ length: count }, (_, index) => [2_000 - index, 1_000_000])

test('a quiet shard returns the eighteen seconds before the batch, oldest first, and nothing of the batch', async t => {
  const ages = [60_000, 25_000, 14_000, 12_000, 9_000, 4_000, 3_000, 1_000, 10]
  const shard = await openShard(
    t,
    ages.map(age => [age, 1_000]),
  )
  const first = await shard.put('batch')
  await shard.put('batch')
  const tail = await shard.tail(first)
  assert.deepEqual(agesOf(tail), [14_000, 12_000, 9_000, 4_000, 3_000, 1_000, 10])
  assert.deepEqual(
    tail.map(({ arrivedAt }) => arrivedAt),
    agesOf(tail).map(age => tail.at(-1)!.arrivedAt + 10 - age),
  )
  const numbers = tail.map(({ sequenceNumber }) => BigInt(sequenceNumber))
  assert.ok(numbers.every((number, index) => index === 0 || number > numbers[index - 1]!))
  assert.ok(numbers.at(-1)! < BigInt(first.kinesis.sequenceNumber))
  assert.deepEqual([shard.reads.length, shard.warnings], [2, []])
})

test('a shard without an earlier record returns none', async t => {
  const shard = await openShard(t, [])
  assert.deepEqual(await shard.tail(await shard.put('batch')), [])
  assert.deepEqual(shard.warnings, [])
})

test('a batch that is delivered late gets the records before itself', async t => {
  const shard = await openShard(t, [])
  await shard.put('9;')
  await shard.put('8;')
  const first = await shard.put('7;')
  for (const text of ['6;', '5;']) await shard.put(text)
  assert.deepEqual(agesOf(await shard.tail(first)), [9, 8])
})

test('the records after a batch come too, without those of the batch', async t => {
  const shard = await openShard(t, [])
  await shard.put('9;')
  const batch = [await shard.put('8;'), await shard.put('7;'), await shard.put('6;')]
  assert.deepEqual((await shard.around(...batch)).after, [])
  await shard.put('5;')
  await shard.put('4;')
  const { before, after } = await shard.around(...batch)
  assert.deepEqual([agesOf(before), agesOf(after)], [[9], [5, 4]])
  assert.deepEqual(shard.warnings, [])
})

test('at a megabyte a second for twenty seconds, one read returns the last eight seconds', async t => {
  const filled = Array.from({ length: 1_000 }, (_, index) => [20_000 - index * 20, 20_000] as const)
  const shard = await openShard(t, filled)
  const first = await shard.put('batch')
  const startedAt = performance.now()
  const tail = await shard.tail(first)
  t.diagnostic(`${Math.round(performance.now() - startedAt)} ms`)
  const before = first.kinesis.approximateArrivalTimestamp * 1000 - tail[0]!.arrivedAt
  assert.ok(before > 7_980 && before <= 8_000, `${before} ms`)
  assert.equal(agesOf(tail).at(-1), 20)
  // The read returns the first record of the batch too.
  assert.deepEqual([shard.reads, shard.refused()], [[tail.length * 20_000 + 'batch'.length], 0])
})

test('records of more than one read come without a gap', async t => {
  const filled = Array.from({ length: 12 }, (_, index) => [6_000 - index * 100, 1_000_000] as const)
  const shard = await openShard(t, filled, 10)
  const tail = await shard.tail(await shard.put('batch'))
  assert.deepEqual(
    agesOf(tail),
    filled.map(([age]) => age),
  )
  assert.equal(shard.reads.length, 2)
  assert.deepEqual(shard.warnings, [])
})

test('the ten seconds before the recent records are read if these are less than two megabytes', async t => {
  for (const [size, ages] of [
    [999_999, [9_000, 2_000, 1_000]],
    [1_000_000, [2_000, 1_000]],
  ] as const) {
    const filled = [[9_000, 1_000] as const, [2_000, 1_000_000] as const, [1_000, size] as const]
    const shard = await openShard(t, filled, 10)
    assert.deepEqual(agesOf(await shard.tail(await shard.put('batch'))), ages)
    assert.deepEqual(shard.warnings, [])
  }
})

test('a read that the shard refuses is sent again', async t => {
  const shard = await openShard(t, [[9_000, 1_000], ...filledMegabytes(4)], 4)
  const first = await shard.put('batch')
  await readFrom(shard.client, 'TRIM_HORIZON')
  const tail = await shard.tail(first)
  assert.equal(agesOf(tail).length, 4)
  assert.ok(shard.refused() > 0)
  assert.deepEqual(shard.warnings, [])
})

test('a shard that refuses for longer returns nothing, within three seconds', async t => {
  const shard = await openShard(t, filledMegabytes(4), 0)
  const first = await shard.put('batch')
  await readFrom(shard.client, 'TRIM_HORIZON')
  assert.deepEqual(await shard.tail(first), [])
  const expected =
    'not all records before the first batch were read within 3000 ms: ProvisionedThroughputExceededException'
  assert.deepEqual(shard.warnings, [expected])
  // A read every 200 ms, and none at once: the shard takes five reads a second.
  assert.ok(shard.refused() <= 16, `${shard.refused()} reads refused`)
})

test('the records of the first answer are returned if the shard refuses the next read', async t => {
  // An answer has 10 MB at most, and the shard then refuses.
  const filled = Array.from({ length: 12 }, (_, index) => [6_000 - index * 100, 1_000_000] as const)
  const shard = await openShard(t, filled, 0)
  const tail = await shard.tail(await shard.put('batch'))
  const ages = filled.map(([age]) => age)
  assert.ok(tail.length >= 9 && tail.length < 12, `${tail.length} records`)
  assert.deepEqual(agesOf(tail), ages.slice(0, tail.length))
  assert.deepEqual([shard.reads.length, shard.warnings.length], [1, 1])
})

test('the recent records are returned if the shard refuses the earlier read', async t => {
  const shard = await openShard(
    t,
    [
      [12_000, 1_000],
      [5_000, 1_000],
    ],
    0,
  )
  const first = await shard.put('batch')
  // Only one of the five reads of a second is left.
  for (let read = 1; read < 5; read++) await readFrom(shard.client, 'LATEST')
  assert.deepEqual(agesOf(await shard.tail(first)), [5_000])
  assert.equal(shard.warnings.length, 1)
})
