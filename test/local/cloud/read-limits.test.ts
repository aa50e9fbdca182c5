/** The read limits of a shard. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { openKinesisStore } from '../../../local/cloud/kinesis/kinesis-store.ts'

const THROTTLED = /Rate exceeded for shard shardId-000000000000 in stream ticks/
const MIB = 1024 * 1024

/** A store with one shard that holds records of one mebibyte, and a clock that a test moves. */
async function openStream(records: number) {
  let microseconds = 0
  const clock = { now: () => microseconds, realMillisecondsUntil: () => 0 }
  const store = openKinesisStore({ clock, shardLimits: true })
  store.create('ticks', 1)
  const call = async (name: string, input: object) => store.operation(name)!(input)
  const passSeconds = (seconds: number): void => {
    microseconds += seconds * 1_000_000
  }
  const Data = Buffer.alloc(MIB - 1).toString('base64')
  for (let index = 0; index < records; index++) {
    await call('PutRecord', { StreamName: 'ticks', PartitionKey: 'k', Data })
    passSeconds(1)
  }
  const { ShardIterator } = (await call('GetShardIterator', {
    StreamName: 'ticks',
    ShardId: 'shardId-000000000000',
    ShardIteratorType: 'TRIM_HORIZON',
  })) as { readonly ShardIterator: string }
  return {
    passSeconds,
    /** Reads from the first record on, and returns how many records came. */
    async read(Limit?: number): Promise<number> {
      const answer = await call('GetRecords', { ShardIterator, ...(Limit === undefined ? {} : { Limit }) })
      return (answer as { readonly Records: readonly unknown[] }).Records.length
    },
  }
}

test('a shard answers five reads a second, and refuses each read above', async () => {
  const { read, passSeconds } = await openStream(0)
  for (let count = 0; count < 5; count++) assert.equal(await read(), 0)
  await assert.rejects(read(), THROTTLED)
  passSeconds(0.2)
  assert.equal(await read(), 0)
  await assert.rejects(read(), THROTTLED)
})

test('a shard returns two mebibytes a second', async () => {
  const { read, passSeconds } = await openStream(3)
  assert.equal(await read(1), 1)
  assert.equal(await read(1), 1)
  assert.equal(await read(1), 1)
  await assert.rejects(read(1), THROTTLED)
  passSeconds(0.6)
  assert.equal(await read(1), 1)
})

test('after ten mebibytes in one read, a shard refuses reads for five seconds', async () => {
  const { read, passSeconds } = await openStream(11)
  assert.equal(await read(), 10)
  passSeconds(4.9)
  await assert.rejects(read(), THROTTLED)
  passSeconds(0.7)
  assert.equal(await read(1), 1)
})
