import assert from 'node:assert/strict'
import test from 'node:test'
import { KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { readResponse } from '../../../local/cloud/mappings/delivery.ts'
import { shiftedClock } from '../../../market/clock.ts'
import { nowMillis } from '../../../market/units.ts'
import { until } from '../../until.ts'
import { att, fn, ON_FAILURE, readerOf, readStream, ref } from './assembly-fixture.ts'
import { type Answer, boot, client, type Lab } from './cloud-fixture.ts'

interface KinesisEvent {
  readonly Records: readonly {
    readonly kinesis: {
      readonly data: string
      readonly sequenceNumber: string
      readonly partitionKey: string
    }
    readonly eventID: string
    readonly eventSourceARN: string
    readonly eventName: string
  }[]
}

function kinesis(lab: Lab): KinesisClient {
  return new KinesisClient({ ...client(lab.cloud), requestHandler: new NodeHttpHandler() })
}

async function put(lab: Lab, texts: readonly string[], key = 'lane'): Promise<void> {
  const sdk = kinesis(lab)
  const Records = texts.map(text => ({ PartitionKey: key, Data: Buffer.from(text) }))
  const { FailedRecordCount } = await sdk.send(
    new PutRecordsCommand({ StreamName: lab.cloud.ref('stream'), Records }),
  )
  sdk.destroy()
  assert.equal(FailedRecordCount, 0)
}

const textOf = (data: string): string => Buffer.from(data, 'base64').toString()
const textsOf = (event: KinesisEvent): string[] => event.Records.map(record => textOf(record.kinesis.data))
const batches = (lab: Lab): string[][] => lab.of<KinesisEvent>('reader').map(textsOf)

test('a batch has its records in order, the format of Lambda, and at most the batch size', async t => {
  const lab = await boot(t, { resources: readerOf({ BatchSize: 3 }) })
  await put(lab, ['1', '2', '3', '4', '5'])
  await until(() => batches(lab).flat().length === 5, 'five records')
  assert.deepEqual(batches(lab), [
    ['1', '2', '3'],
    ['4', '5'],
  ])
  const [record] = lab.of<KinesisEvent>('reader')[0]!.Records
  assert.ok(record)
  assert.equal(record.kinesis.partitionKey, 'lane')
  assert.equal(record.eventName, 'aws:kinesis:record')
  assert.equal(record.eventID, `shardId-000000000000:${record.kinesis.sequenceNumber}`)
  assert.match(record.eventSourceARN, /^arn:aws:kinesis:ap-northeast-1:000000000000:stream\/Lab-stream$/)
})

test('a partial failure replays the batch from the lowest failed record', async t => {
  const lab = await boot(t, { resources: readerOf({ FunctionResponseTypes: ['ReportBatchItemFailures'] }) })
  let failed = false
  lab.answer = ({ event }): Answer => {
    const { Records } = event as KinesisEvent
    const bad = Records.find(record => textOf(record.kinesis.data) === '3')
    if (failed || bad === undefined) return {}
    failed = true
    const last = Records.at(-1)!
    return {
      result: {
        batchItemFailures: [
          { itemIdentifier: last.kinesis.sequenceNumber },
          { itemIdentifier: bad.kinesis.sequenceNumber },
        ],
      },
    }
  }
  await put(lab, ['1', '2', '3', '4'])
  await until(() => batches(lab).length === 2, 'the replayed batch')
  assert.deepEqual(batches(lab), [
    ['1', '2', '3', '4'],
    ['3', '4'],
  ])
})

test('a bad record is isolated by bisection and written to the bucket, and the others stay in order', async t => {
  const lab = await boot(t, {
    resources: readerOf({ BisectBatchOnFunctionError: true, MaximumRetryAttempts: 1, ...ON_FAILURE }),
  })
  const done: string[] = []
  lab.answer = ({ event }): Answer => {
    const texts = textsOf(event)
    if (texts.includes('bad')) return { throws: 'cannot read it' }
    done.push(...texts)
    return {}
  }
  await put(lab, ['1', '2', '3', 'bad', '5', '6'])
  await until(() => done.length === 5, 'five good records')
  assert.deepEqual(done, ['1', '2', '3', '5', '6'])

  const [object, ...others] = await lab.cloud.objects('bucket')
  assert.equal(others.length, 0)
  assert.match(object!.key, /^aws\/lambda\/[^/]+\/shardId-000000000000\/\d{4}\/\d\d\/\d\d\/\d{4}-\d\d-\d\dT/)
  const failure = JSON.parse(object!.body)
  assert.equal(failure.requestContext.condition, 'RetryAttemptsExhausted')
  assert.equal(failure.requestContext.approximateInvokeCount, 2)
  assert.equal(failure.KinesisBatchInfo.batchSize, 1)
  assert.deepEqual(textsOf(JSON.parse(failure.payload)), ['bad'])
  assert.match(lab.logged.join(''), /mapping: RetryAttemptsExhausted, 1 records/)
})

test('records of one partition key stay in order when a shard is read in parallel', async t => {
  const lab = await boot(t, { resources: readerOf({ ParallelizationFactor: 4, BatchSize: 2 }) })
  const keys = ['a', 'b', 'c', 'd', 'e']
  for (let round = 0; round < 4; round++) {
    for (const key of keys) await put(lab, [`${key}${round}`], key)
  }
  await until(() => batches(lab).flat().length === 20, 'twenty records')
  for (const key of keys) {
    const mine = batches(lab)
      .flat()
      .filter(text => text.startsWith(key))
    assert.deepEqual(
      mine,
      [0, 1, 2, 3].map(round => `${key}${round}`),
    )
  }
})

test('a batching window runs by the market clock', async t => {
  // At 600 market seconds a real second, a window of a minute is over in a tenth of a second.
  const clock = shiftedClock([{ real: nowMillis(), market: nowMillis(), speed: 600 }])
  const lab = await boot(
    t,
    { resources: readerOf({ MaximumBatchingWindowInSeconds: 60, BatchSize: 100 }) },
    { clock },
  )
  await put(lab, ['1'])
  await put(lab, ['2'])
  await until(() => batches(lab).flat().length === 2, 'the batch at the end of its window')
})

test('a fan-out consumer starts at the latest record and receives records as they come', async t => {
  const lab = await boot(t, {
    resources: {
      ...readerOf({ EventSourceArn: ref('consumer'), StartingPosition: 'LATEST' }),
      consumer: {
        Type: 'AWS::Kinesis::StreamConsumer',
        Properties: { StreamARN: att('stream', 'Arn'), ConsumerName: 'fast' },
      },
      allow: {
        Type: 'AWS::IAM::Policy',
        Properties: {
          PolicyName: 'subscribe',
          Roles: [ref('readerRole')],
          PolicyDocument: {
            Statement: { Effect: 'Allow', Action: 'kinesis:SubscribeToShard', Resource: ref('consumer') },
          },
        },
      },
    },
  })
  await put(lab, ['1'])
  await until(() => batches(lab).length === 1, 'the first batch')
  await put(lab, ['2'])
  await until(() => batches(lab).length === 2, 'the second batch')
  assert.deepEqual(batches(lab), [['1'], ['2']])
  const [event] = lab.of<KinesisEvent>('reader')
  assert.match(event!.Records[0]!.eventSourceARN, /:stream\/Lab-stream\/consumer\/fast:\d+$/)
})

test('a stuck function is ended at its timeout, and its batch is retried', async t => {
  const lab = await boot(t, {
    resources: {
      ...readerOf({}),
      // Longer than an answer takes on a busy machine.
      ...fn('reader', [readStream('stream')], { Timeout: 3 }),
    },
  })
  let first = true
  lab.answer = () => {
    const hang = first
    first = false
    return { hang }
  }
  await put(lab, ['1'])
  await until(() => batches(lab).length === 2, 'the second batch')
  assert.deepEqual(batches(lab), [['1'], ['1']])
  assert.equal(lab.cloud.stats().functions.reader?.errors, 1)
})

test('a mapping is refused at the boot when the role of its function does not allow reading', async t => {
  await assert.rejects(
    boot(t, { resources: { ...readerOf({}), ...fn('reader', []) } }),
    /mapping: the function's role does not allow .*kinesis:GetRecords on arn:aws:kinesis:.*stream\/Lab-stream/,
  )
})

test('a response of a function is read as Lambda reads it', () => {
  const records = ['7', '8', '9'].map(sequenceNumber => ({
    sequenceNumber,
    partitionKey: 'k',
    data: Buffer.alloc(0),
    arrivedAt: 0,
  }))
  const done = { kind: 'done' }
  for (const success of ['null', '{}', '{"batchItemFailures":[]}', '{"batchItemFailures":null}']) {
    assert.deepEqual(readResponse(success, records, true), done, success)
  }
  const failing = (...ids: unknown[]): string =>
    JSON.stringify({ batchItemFailures: ids.map(itemIdentifier => ({ itemIdentifier })) })
  assert.deepEqual(readResponse(failing('9', '8'), records, true), { kind: 'failed', from: 1 })
  for (const unknown of ['', 'else', null]) {
    assert.deepEqual(readResponse(failing('9', unknown), records, true), { kind: 'failed', from: 0 })
  }
  assert.deepEqual(readResponse(failing('8'), records, false), done)
})
