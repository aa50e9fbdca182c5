/** Streams of the stand-in at a mocked time. */
import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { GetRecordsCommand } from '@aws-sdk/client-kinesis'
import { startKinesisEndpoint } from '../../../local/cloud/kinesis-endpoint.ts'
import { refused } from './cloud-fixture.ts'
import { openStream } from './stream-fixture.ts'

async function open(t: TestContext) {
  const endpoint = await startKinesisEndpoint({ shardLimits: false })
  return openStream(t, { ...endpoint, accessKeyId: 'test' })
}

test('a reader is behind by the time since the last record that it has read', async t => {
  t.mock.timers.enable({ apis: ['Date'], now: 1_700_000_000_000 })
  const stream = await open(t)
  await stream.put('one', 'two')
  t.mock.timers.tick(5_000)
  const ShardIterator = await stream.iterator({ ShardIteratorType: 'TRIM_HORIZON' })
  const limited = await stream.sdk.send(new GetRecordsCommand({ ShardIterator, Limit: 1 }))
  assert.equal(limited.MillisBehindLatest, 5_000)
})

test('an iterator expires after five minutes', async t => {
  t.mock.timers.enable({ apis: ['Date'], now: 1_700_000_000_000 })
  const stream = await open(t)
  const iterator = await stream.iterator({ ShardIteratorType: 'LATEST' })
  t.mock.timers.tick(300_000)
  assert.deepEqual((await stream.read(iterator)).texts, [])
  t.mock.timers.tick(1)
  await refused(stream.read(iterator), 'ExpiredIteratorException', 400)
})

test('a record is dropped after five minutes, and a reader continues with the oldest kept record', async t => {
  t.mock.timers.enable({ apis: ['Date'], now: 1_700_000_000_000 })
  const stream = await open(t)
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
