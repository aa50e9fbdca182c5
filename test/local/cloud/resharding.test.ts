import assert from 'node:assert/strict'
import test from 'node:test'
import {
  DescribeStreamSummaryCommand,
  KinesisClient,
  ListShardsCommand,
  PutRecordsCommand,
  UpdateShardCountCommand,
} from '@aws-sdk/client-kinesis'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { laneHashKey } from '../../../market/lane.ts'
import { until } from '../../until.ts'
import { readerOf, streamOf } from './assembly-fixture.ts'
import { boot, client, refused } from './cloud-fixture.ts'

interface KinesisEvent {
  readonly Records: readonly { readonly kinesis: { readonly data: string } }[]
}

test('records of a lane keep their order while shards are split and merged', async t => {
  const lab = await boot(t, { resources: readerOf({}, 2) })
  const kinesis = new KinesisClient({ ...client(lab.cloud), requestHandler: new NodeHttpHandler() })
  const StreamName = lab.cloud.ref('stream')
  const lanes = [1, 2, 3].flatMap(line => [0, 1].map(lane => ({ line, lane })))
  let counter = 0
  const put = async (): Promise<void> => {
    counter++
    const Records = lanes.map(({ line, lane }) => ({
      PartitionKey: `${line}-${lane}`,
      ExplicitHashKey: laneHashKey(line, lane, 2),
      Data: Buffer.from(`${line}-${lane} ${counter}`),
    }))
    await kinesis.send(new PutRecordsCommand({ StreamName, Records }))
  }
  const summary = async () =>
    (await kinesis.send(new DescribeStreamSummaryCommand({ StreamName }))).StreamDescriptionSummary
  const reshard = async (TargetShardCount: number): Promise<void> => {
    await kinesis.send(
      new UpdateShardCountCommand({ StreamName, TargetShardCount, ScalingType: 'UNIFORM_SCALING' }),
    )
    assert.equal((await summary())?.StreamStatus, 'UPDATING')
    do await put()
    while ((await summary())?.StreamStatus !== 'ACTIVE')
    assert.equal((await summary())?.OpenShardCount, TargetShardCount)
    await put()
  }

  await put()
  for (const count of [4, 3, 6, 3, 2, 1, 2]) await reshard(count)
  const { Shards } = await kinesis.send(new ListShardsCommand({ StreamName }))
  const open = Shards?.filter(shard => shard.SequenceNumberRange?.EndingSequenceNumber === undefined) ?? []
  assert.deepEqual(open.map(shard => shard.HashKeyRange?.StartingHashKey).sort(), ['0', String(1n << 127n)])

  const read = () =>
    lab
      .of<KinesisEvent>('reader')
      .flatMap(event => event.Records.map(record => Buffer.from(record.kinesis.data, 'base64').toString()))
  await until(() => read().length === counter * lanes.length, 'every record in the function')
  for (const { line, lane } of lanes) {
    const name = `${line}-${lane} `
    const mine = read().filter(text => text.startsWith(name))
    assert.deepEqual(
      mine,
      Array.from({ length: counter }, (_, i) => name + (i + 1)),
    )
  }
  kinesis.destroy()
})

test('the shard count may at most double or halve, and ten times a day', async t => {
  const lab = await boot(t, { resources: { stream: streamOf(2) } })
  const kinesis = new KinesisClient({ ...client(lab.cloud), requestHandler: new NodeHttpHandler() })
  const StreamName = lab.cloud.ref('stream')
  const update = (TargetShardCount: number) =>
    kinesis.send(
      new UpdateShardCountCommand({ StreamName, TargetShardCount, ScalingType: 'UNIFORM_SCALING' }),
    )
  await refused(update(5), 'InvalidArgumentException', 400)
  await refused(update(0), 'InvalidArgumentException', 400)
  const isActive = async (): Promise<boolean> => {
    const { StreamDescriptionSummary } = await kinesis.send(new DescribeStreamSummaryCommand({ StreamName }))
    return StreamDescriptionSummary?.StreamStatus === 'ACTIVE'
  }
  for (let i = 0; i < 10; i++) {
    await update(i % 2 === 0 ? 1 : 2)
    await until(isActive, 'an active stream')
  }
  await refused(update(1), 'LimitExceededException', 400)
  kinesis.destroy()
})
