import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { CreateStreamCommand } from '@aws-sdk/client-kinesis'
import { startKinesisEndpoint } from '@itastream/local-cloud/kinesis-endpoint'
import { RECOVERY_TIME_LIMIT, readPublished } from '../../../ingest-task/publish/recover.ts'
import { encodeEvents } from '../../../market/codec/envelope.ts'
import type { Tick } from '../../../market/tick.ts'
import { asEpochMillis, asTradingDate } from '../../../market/units.ts'
import { kinesisClient, STREAM } from '../ingest-stream.ts'
import { LANES, LINES, openOpening } from './opening-stream.ts'

/** Bytes that a shard returns a second to all its readers. */
const READ_RATE = 2 * 1024 * 1024
/** Longest time in which a shard may return what three tasks read, seconds: half of the time that a task has. */
const LIMIT = RECOVERY_TIME_LIMIT / 2000
const bySequence = (a: Tick, b: Tick): number => a.sequence - b.sequence

test('three tasks that start at once at the opening find all that was published, within the read limit', async t => {
  const opening = await openOpening(1, 2_000)
  t.after(() => opening.close())
  assert.ok(opening.bytesPerSecond > 1_000_000, `${opening.bytesPerSecond} bytes a second`)
  await Promise.all(
    LINES.map(async line => {
      const published = await readPublished({
        client: opening.client,
        streamName: STREAM,
        line,
        lanes: LANES,
        warn: reason => assert.fail(`line ${line}: ${reason}`),
      })
      const truth = opening.published.get(line)!
      assert.equal(published?.position, truth.position)
      assert.deepEqual(published.boards.toSorted(bySequence), [...truth.boards].sort(bySequence))
    }),
  )
  const seconds = opening.bytesRead() / READ_RATE
  t.diagnostic(`${seconds.toFixed(1)} s at the read limit, ${opening.refused()} reads refused`)
  assert.ok(seconds < LIMIT, `${seconds} s`)
})

test('a task that would have to keep too many bytes of its line starts from a snapshot', async t => {
  const endpoint = await startKinesisEndpoint({ shardLimits: false })
  t.after(() => endpoint.close())
  const client = kinesisClient(endpoint.url)
  t.after(() => client.destroy())
  await client.send(new CreateStreamCommand({ StreamName: STREAM, ShardCount: 1 }))
  const now = Date.now()
  const header = {
    line: 1,
    lane: 0,
    epoch: asEpochMillis(now),
    tradingDate: asTradingDate(20261120),
    position: 1,
    reached: 1,
  }
  const since = '2026-11-20T09:00:00.000000+09:00'
  const records = Array.from({ length: 90 }, (_, index) => ({
    partitionKey: '1/0',
    data: Buffer.from(
      encodeEvents({ ...header, counter: index + 2 }, [
        { type: 'news', time: since, headline: randomBytes(750_000).toString('base64'), issues: [] },
      ]),
    ),
    arrivedAt: now - 5_000,
  }))
  const bytes = records.reduce((sum, { data }) => sum + data.length, 0)
  assert.ok(bytes > 64 * 1024 * 1024, `${bytes} bytes`)
  endpoint.fill(STREAM, records)
  const reasons: string[] = []
  const published = await readPublished({
    client,
    streamName: STREAM,
    line: 1,
    lanes: 1,
    warn: reason => reasons.push(reason),
  })
  assert.equal(published, undefined)
  assert.deepEqual(reasons, ['RangeError: expected at most 67108864 bytes of line 1, got more'])
})
