import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { type TestContext, test } from 'node:test'
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

/** Puts envelopes of news into a stream that has no limits, five seconds ago. */
async function openNews(t: TestContext, count: number, headlineBytes: number) {
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
  const records = Array.from({ length: count }, (_, index) => ({
    partitionKey: '1/0',
    data: Buffer.from(
      encodeEvents({ ...header, counter: index + 2 }, [
        { type: 'news', time: since, headline: randomBytes(headlineBytes).toString('base64'), issues: [] },
      ]),
    ),
    arrivedAt: now - 5_000,
  }))
  endpoint.fill(STREAM, records)
  const reads: number[] = []
  client.middlewareStack.add(
    (next, { commandName }) =>
      async args => {
        const result = await next(args)
        const { Records = [] } = result.output as { Records?: readonly { readonly Data: Uint8Array }[] }
        if (commandName === 'GetRecordsCommand') reads.push(bytesOf(Records.map(({ Data }) => Data)))
        return result
      },
    { step: 'initialize', name: 'sizes' },
  )
  return { client, reads, bytes: bytesOf(records.map(({ data }) => data)) }
}

function bytesOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0)
}

test('a task that would have to keep too many bytes of its line starts from a snapshot', async t => {
  const { client, bytes } = await openNews(t, 90, 750_000)
  assert.ok(bytes > 64 * 1024 * 1024, `${bytes} bytes`)
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

test('reads of a full shard, whose envelopes are large, leave the shard to its other readers', async t => {
  const { client, reads, bytes } = await openNews(t, 300, 50_000)
  await readPublished({ client, streamName: STREAM, line: 1, lanes: 1, warn() {} })
  // The first read is of one record, and the second of a few, to learn their size.
  const [, second = 0, ...others] = reads
  assert.ok(second < 50 * 51_000, `${second} bytes`)
  for (const size of others) assert.ok(size <= 800_000, `${size} bytes`)
  assert.ok(reads.reduce((sum, size) => sum + size, 0) >= bytes)
})
