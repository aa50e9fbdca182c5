import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import type { KinesisStreamRecord } from 'aws-lambda'
import { type Bucket, listKeys } from '../../../functions/close-of-day/archive-objects.ts'
import { asTradingDate } from '../../../market/units.ts'
import { type RedriveParts, redrive } from '../../../tools/ops/redrive.ts'
import { failedBatchObject } from '../../drills/recovery/recovery-objects.ts'
import { recordsOf } from '../../functions/store-ticks/batch-delivery.ts'
import { envelopesOf, sampleTicks } from '../../functions/stored-market.ts'
import { boot, client as sdk } from '../../local/cloud/cloud-fixture.ts'

const ARN = 'arn:aws:lambda:ap-northeast-1:000000000000:function:store-ticks'
const ALL = { date: undefined, isDryRun: false }
/** Ten ticks an envelope and lane, of one trading date. */
const RECORDS = recordsOf(envelopesOf([sampleTicks(30).slice(0, 10), sampleTicks(30).slice(10, 20)]))
const [LANE_0, LANE_1] = [RECORDS.slice(0, 1), RECORDS.slice(1, 2)] as const

interface Setup {
  readonly parts: RedriveParts
  readonly bucket: Bucket
  readonly printed: string[]
  /** The sequence numbers of each invocation. */
  readonly invoked: string[][]
  /** What store-ticks answers; default: everything is stored. */
  answer: (numbers: readonly string[]) => string | undefined
}

/** Opens a bucket with failed batches. The time in its keys is the time of the test. */
async function setUp(t: TestContext, objects: readonly { key: string; body: string }[]): Promise<Setup> {
  const { cloud } = await boot(t, { resources: { failed: { Type: 'AWS::S3::Bucket' } } })
  const client = new S3Client(sdk(cloud))
  t.after(() => client.destroy())
  const bucket = { client, bucket: cloud.ref('failed') }
  for (const { key, body } of objects)
    await client.send(new PutObjectCommand({ Bucket: bucket.bucket, Key: key, Body: body }))
  const printed: string[] = []
  const invoked: string[][] = []
  const setup: Setup = {
    bucket,
    printed,
    invoked,
    answer: () => undefined,
    parts: {
      bucket,
      storeTicks: `${ARN}:live`,
      print: line => void printed.push(line),
      async store(records: readonly KinesisStreamRecord[]) {
        const numbers = records.map(({ kinesis }) => kinesis.sequenceNumber)
        invoked.push(numbers)
        const itemIdentifier = setup.answer(numbers)
        return { batchItemFailures: itemIdentifier === undefined ? [] : [{ itemIdentifier }] }
      },
    },
  }
  return setup
}

/** Returns an object with another time in its key: hours of a day. */
function objectAt(hour: string, records = RECORDS, arn = ARN): { key: string; body: string } {
  const { key, body } = failedBatchObject(arn, records, 0)
  return { key: `${key.slice(0, key.lastIndexOf('/'))}/2026-11-20T${hour}.00.00-x`, body }
}

test('batches are stored oldest first, once, and are marked', async t => {
  const objects = [objectAt('10', LANE_1), objectAt('09', LANE_0)]
  const { parts, printed, invoked, bucket } = await setUp(t, objects)
  const result = await redrive(parts, ALL)
  assert.deepEqual(invoked, [['1000'], ['1001']])
  assert.equal(result.batches, 2)
  assert.equal(result.failed, 0)
  assert.deepEqual(
    [...(await listKeys(bucket, 'redriven/'))].sort(),
    objects.map(({ key }) => `redriven/${key}`).sort(),
  )
  assert.match(
    printed[0]!,
    /^\S+ RetryAttemptsExhausted, 2026-11-20, lanes 1-\d, 1 records, \d+ ticks: stored$/,
  )
  printed.length = 0
  assert.deepEqual(await redrive(parts, ALL), { batches: 0, ticks: 0, failed: 0 })
  assert.deepEqual(printed, [
    '0 batches with 0 ticks stored, 0 failed.',
    '2 batches stored by an earlier redrive.',
  ])
  assert.equal(invoked.length, 2)
})

test('a dry run, another date and a batch of broadcast store nothing', async t => {
  const broadcast = ARN.replace('store-ticks', 'broadcast')
  const { parts, printed, invoked, bucket } = await setUp(t, [
    objectAt('09'),
    objectAt('10', RECORDS, broadcast),
  ])
  assert.deepEqual(await redrive(parts, { date: undefined, isDryRun: true }), {
    batches: 1,
    ticks: 20,
    failed: 0,
  })
  assert.equal((await redrive(parts, { date: asTradingDate(20261119), isDryRun: false })).batches, 0)
  assert.deepEqual(invoked, [])
  assert.equal((await listKeys(bucket, 'redriven/')).size, 0)
  assert.deepEqual(printed.slice(1), [
    '1 batch with 20 ticks could be stored, 0 failed.',
    '1 batch of broadcast skipped: the prices are past, and newer ones were sent.',
    '0 batches with 0 ticks stored, 0 failed.',
    '1 batch of broadcast skipped: the prices are past, and newer ones were sent.',
    '1 batch without ticks of 2026-11-19 skipped.',
  ])
})

test('store-ticks gets the rest of a batch that it has stored in part', async t => {
  const setup = await setUp(t, [objectAt('09')])
  setup.answer = numbers => (numbers.length > 1 ? numbers[1] : undefined)
  assert.equal((await redrive(setup.parts, ALL)).batches, 1)
  const numbers = RECORDS.map(({ sequenceNumber }) => sequenceNumber)
  assert.deepEqual(
    setup.invoked,
    numbers.map((_, index) => numbers.slice(index)),
  )
})

test('the readable envelopes of a batch are stored, and the others are reported', async t => {
  const records = [LANE_0[0]!, { sequenceNumber: '1000500', bytes: Uint8Array.of(1, 2, 3) }, LANE_1[0]!]
  const { parts, printed, invoked, bucket } = await setUp(t, [objectAt('09', records)])
  assert.equal((await redrive(parts, ALL)).failed, 1)
  assert.deepEqual(invoked, [['1000', '1001']])
  assert.match(printed[0]!, /not stored: record 1000500: /)
  assert.equal((await listKeys(bucket, 'redriven/')).size, 0)
})

test('after three batches in a row that store-ticks does not store, the rest is not tried', async t => {
  const setup = await setUp(
    t,
    ['09', '10', '11', '12'].map(hour => objectAt(hour, LANE_0)),
  )
  setup.answer = numbers => numbers[0]
  assert.deepEqual(await redrive(setup.parts, ALL), { batches: 0, ticks: 0, failed: 3 })
  assert.equal(setup.invoked.length, 3)
  assert.match(setup.printed[0]!, /not stored: store-ticks stored none of 1 records/)
  assert.match(setup.printed[3]!, /^3 batches in a row failed/)
})

test('an object that is no batch is a failure', async t => {
  const { parts, printed } = await setUp(t, [
    { key: 'aws/lambda/m/s/2026/11/20/2026-11-20T09.00.00-x', body: '{}' },
  ])
  assert.equal((await redrive(parts, ALL)).failed, 1)
  assert.match(printed[0]!, /is no batch/)
})
