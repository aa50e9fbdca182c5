import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PutRecordCommand, UpdateShardCountCommand } from '@aws-sdk/client-kinesis'
import { StreamEpochs } from '../../../ingest-task/lease/stream-epochs.ts'
import { encodeEvents } from '../../../market/codec/envelope.ts'
import { laneHashKey, laneName } from '../../../market/lane.ts'
import { asEpochMillis, asTradingDate } from '../../../market/units.ts'
import { openStream, STREAM } from '../ingest-stream.ts'

const LINE = 2
const LANES = 2

test('a look finds the newest epoch of its line since the look before, also after a resharding', async t => {
  const stream = await openStream()
  t.after(() => stream.close())
  const { client } = stream
  let counter = 0
  const put = (line: number, epoch: number, data?: Uint8Array) => {
    const header = {
      line,
      lane: 0,
      epoch: asEpochMillis(epoch),
      counter: ++counter,
      tradingDate: asTradingDate(20261120),
      position: 0,
      reached: 0,
    }
    return client.send(
      new PutRecordCommand({
        StreamName: STREAM,
        PartitionKey: laneName(LINE, 0),
        ExplicitHashKey: laneHashKey(LINE, 0, LANES),
        Data: data ?? encodeEvents(header, []),
      }),
    )
  }
  const epochs = new StreamEpochs({ client, streamName: STREAM, line: LINE, lanes: LANES })
  const look = () => epochs.look(AbortSignal.timeout(5_000))
  await put(LINE, 9)
  assert.deepEqual(await look(), { isRead: false, newest: undefined })
  assert.deepEqual(await look(), { isRead: true, newest: undefined })
  await put(LINE, 5)
  await put(LINE, 7)
  await put(LINE, 6)
  await put(1, 99)
  await put(LINE, 0, Uint8Array.of(1, 2, 3))
  assert.deepEqual(await look(), { isRead: true, newest: 7 })
  assert.deepEqual(await look(), { isRead: true, newest: undefined })
  await put(1, 99)
  assert.deepEqual(await look(), { isRead: true, newest: undefined })

  await client.send(
    new UpdateShardCountCommand({ StreamName: STREAM, TargetShardCount: 4, ScalingType: 'UNIFORM_SCALING' }),
  )
  await stream.active()
  await put(LINE, 8)
  // The old shard takes no records any more, so its silence means nothing.
  assert.deepEqual(await look(), { isRead: false, newest: undefined })
  await put(LINE, 8)
  assert.deepEqual(await look(), { isRead: true, newest: 8 })
})
