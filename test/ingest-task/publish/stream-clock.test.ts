/** Tasks whose clock is wrong, on a stream whose clock is right. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { Worker } from 'node:worker_threads'
import type { KinesisClient } from '@aws-sdk/client-kinesis'
import { streamTime } from '../../../ingest-task/publish/stream-clock.ts'
import { asEpochMillis } from '../../../market/units.ts'
import { createStream } from '../../other-aws/stream-endpoint.ts'
import { kinesisClient, STREAM } from '../ingest-stream.ts'
import { openTask, recover } from './recover-stage.ts'

const HOUR_MS = 3_600_000

async function openStreamElsewhere(t: TestContext): Promise<KinesisClient> {
  const worker = new Worker(new URL('kinesis-worker.ts', import.meta.url))
  t.after(() => worker.terminate())
  const [{ url, accessKeyId }] = await once(worker, 'message')
  const client = kinesisClient(url, accessKeyId)
  await createStream(client, { StreamName: STREAM, ShardCount: 1 })
  return client
}

for (const [name, wrong] of [
  ['an hour ahead', HOUR_MS],
  ['an hour behind', -HOUR_MS],
] as const) {
  test(`a task whose clock is ${name} resumes after the previous task`, async t => {
    const client = await openStreamElsewhere(t)
    const task = openTask({ client })
    task.readTo(300)
    await task.publisher.drain()
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() + wrong })
    const { published, warnings } = await recover({ client })
    assert.deepEqual(warnings, [])
    assert.equal(published?.position, 300)
    const next = openTask({ client }, published)
    next.readTo(400)
    await next.publisher.drain()
    assert.equal((await recover({ client })).published?.position, 400)
  })
}

test('the clock of the process counts as long as it differs by less than two seconds from the middle of the second', () => {
  const [stated, at] = [asEpochMillis(50_000), (now: number) => streamTime(stated, asEpochMillis(now))]
  assert.deepEqual([at(48_501), at(50_000), at(52_499)], [48_501, 50_000, 52_499])
  assert.deepEqual([at(48_500), at(0), at(52_500), at(99_000)], [50_500, 50_500, 50_500, 50_500])
  assert.equal(streamTime(undefined, asEpochMillis(7)), 7)
})
