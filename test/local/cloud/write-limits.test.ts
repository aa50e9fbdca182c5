/** The write limits of a shard. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { openKinesisStore } from '../../../local/cloud/kinesis/kinesis-store.ts'

/** A store with one shard, and a clock that a test moves. */
function openStream() {
  let microseconds = 0
  const clock = { now: () => microseconds, realMillisecondsUntil: () => 0 }
  const store = openKinesisStore({ clock, shardLimits: true })
  store.create('ticks', 1)
  return {
    passSeconds(seconds: number) {
      microseconds += seconds * 1_000_000
    },
    async put(count: number, bytes: number) {
      const Data = Buffer.alloc(bytes).toString('base64')
      const Records = Array.from({ length: count }, () => ({ PartitionKey: 'k', Data }))
      return (await store.operation('PutRecords')!({ StreamName: 'ticks', Records })) as {
        readonly FailedRecordCount: number
        readonly Records: readonly { readonly ErrorCode?: string; readonly SequenceNumber?: string }[]
      }
    },
  }
}

test('a shard accepts 1,000 records a second and refuses each record above', async () => {
  const { put, passSeconds } = openStream()
  assert.equal((await put(500, 1)).FailedRecordCount, 0)
  assert.equal((await put(400, 1)).FailedRecordCount, 0)
  const { FailedRecordCount, Records } = await put(101, 1)
  assert.equal(FailedRecordCount, 1)
  assert.ok(Records[99]!.SequenceNumber)
  assert.deepEqual(Records[100], {
    ErrorCode: 'ProvisionedThroughputExceededException',
    ErrorMessage: 'Rate exceeded for shard shardId-000000000000 in stream ticks',
  })
  passSeconds(0.1)
  assert.equal((await put(101, 1)).FailedRecordCount, 1)
  passSeconds(60)
  await put(500, 1)
  assert.equal((await put(500, 1)).FailedRecordCount, 0)
  assert.equal((await put(1, 1)).FailedRecordCount, 1)
})

test('a shard accepts one mebibyte a second, partition keys included', async () => {
  const { put, passSeconds } = openStream()
  assert.equal((await put(1, 1024 * 1024)).FailedRecordCount, 0)
  assert.equal((await put(1, 1)).FailedRecordCount, 1)
  passSeconds(0.500_001)
  const { Records } = await put(3, 256 * 1024 - 1)
  assert.deepEqual(
    Records.map(({ ErrorCode }) => ErrorCode === undefined),
    [true, true, false],
  )
})
