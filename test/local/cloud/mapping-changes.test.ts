/** Event source mappings that are disabled, enabled and changed while they run. */
import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis'
import {
  GetEventSourceMappingCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
  type UpdateEventSourceMappingCommandInput,
} from '@aws-sdk/client-lambda'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import fc from 'fast-check'
import { machineClock } from '../../../local/cloud/cloud-clock.ts'
import type { FunctionTarget } from '../../../local/cloud/functions/function.ts'
import { createDataStream, putRecord, replaceShards } from '../../../local/cloud/kinesis/data-stream.ts'
import { type Checkpoint, startShardReader } from '../../../local/cloud/mappings/shard-reader.ts'
import { shiftedClock } from '../../../market/clock.ts'
import { nowMillis } from '../../../market/units.ts'
import { until } from '../../until.ts'
import { fn, type Resources, readerOf } from './assembly-fixture.ts'
import { boot, client, type Lab, refused } from './cloud-fixture.ts'
import { MAPPING, READER } from './mapping-fixture.ts'

interface KinesisEvent {
  readonly Records: readonly { readonly kinesis: { readonly data: string } }[]
}

const textOf = (data: string): string => Buffer.from(data, 'base64').toString()
const batches = (lab: Lab): string[][] =>
  lab.of<KinesisEvent>('reader').map(({ Records }) => Records.map(({ kinesis }) => textOf(kinesis.data)))

/** A cloud in which a change of a mapping takes a sixth of a real second. */
async function start(t: TestContext, resources: Resources) {
  const clock = shiftedClock([{ real: nowMillis(), market: nowMillis(), speed: 60 }])
  const lab = await boot(t, { resources }, { clock })
  const lambda = new LambdaClient(client(lab.cloud))
  const kinesis = new KinesisClient({ ...client(lab.cloud), requestHandler: new NodeHttpHandler() })
  t.after(() => {
    lambda.destroy()
    kinesis.destroy()
  })
  const UUID = lab.cloud.ref('mapping')
  const state = async () => (await lambda.send(new GetEventSourceMappingCommand({ UUID }))).State
  return {
    lab,
    lambda,
    UUID,
    state,
    reach: (wanted: string) => until(async () => (await state()) === wanted, `the state ${wanted}`),
    update: (input: Omit<UpdateEventSourceMappingCommandInput, 'UUID'>) =>
      lambda.send(new UpdateEventSourceMappingCommand({ UUID, ...input })),
    async put(...texts: string[]): Promise<void> {
      const Records = texts.map(text => ({ PartitionKey: 'lane', Data: Buffer.from(text) }))
      await kinesis.send(new PutRecordsCommand({ StreamName: lab.cloud.ref('stream'), Records }))
    },
  }
}

test('a disabled mapping stops after its current batch, and goes on at the same place', async t => {
  const { lab, put, update, state, reach } = await start(t, readerOf({ BatchSize: 2 }))
  const { promise: held, resolve: release } = Promise.withResolvers<void>()
  lab.hold = held
  await put('1', '2', '3')
  await until(() => batches(lab).length === 1, 'the first batch')
  assert.equal((await update({ Enabled: false })).State, 'Disabling')
  await put('4')
  assert.equal(await state(), 'Disabling')
  release()
  await reach('Disabled')
  await put('5')
  assert.deepEqual(batches(lab), [['1', '2']])

  assert.equal((await update({ Enabled: true, BatchSize: 3 })).State, 'Enabling')
  await reach('Enabled')
  await until(() => batches(lab).flat().length === 5, 'the other records')
  assert.deepEqual(batches(lab).flat(), ['1', '2', '3', '4', '5'])
  assert.deepEqual(batches(lab)[1], ['3', '4', '5'])
})

test('a batch that fails is not repeated while the mapping is disabled, and not given up', async t => {
  const { lab, put, update, reach } = await start(t, readerOf({ MaximumRetryAttempts: 50 }))
  lab.answer = () => ({ throws: 'no table' })
  await put('1', '2')
  await until(() => batches(lab).length >= 2, 'a retry')
  await update({ Enabled: false })
  await reach('Disabled')
  const count = batches(lab).length
  lab.answer = () => ({})
  await update({ Enabled: true })
  await until(() => batches(lab).length > count, 'the batch')
  assert.deepEqual(batches(lab).at(-1), ['1', '2'])
})

test('a mapping that the template disables reads from its starting position when it is enabled', async t => {
  const { lab, put, update, state, reach } = await start(t, readerOf({ Enabled: false }))
  assert.equal(await state(), 'Disabled')
  await put('1')
  await update({ ParallelizationFactor: 2, MaximumBatchingWindowInSeconds: 1 })
  await reach('Disabled')
  const changed = await update({ Enabled: true })
  assert.deepEqual([changed.ParallelizationFactor, changed.MaximumBatchingWindowInSeconds], [2, 1])
  await until(() => batches(lab).length === 1, 'the record')
})

test('a change is refused during another, out of bounds, and for other members or mappings', async t => {
  const { lab, lambda, UUID, update, reach } = await start(t, readerOf({}))
  assert.equal((await update({ BatchSize: 10 })).State, 'Updating')
  await refused(update({ BatchSize: 20 }), 'ResourceInUseException', 400)
  await reach('Enabled')
  for (const bad of [
    { BatchSize: 0 },
    { BatchSize: 10_001 },
    { MaximumBatchingWindowInSeconds: 301 },
    { ParallelizationFactor: 11 },
  ]) {
    await refused(update(bad), 'ValidationException', 400)
  }
  await refused(update({ MaximumRetryAttempts: 3 }), 'NotImplemented', 501)
  const unknown = new GetEventSourceMappingCommand({ UUID: 'other' })
  await refused(lambda.send(unknown), 'ResourceNotFoundException', 404)
  for (const [filter, found] of [
    [{ FunctionName: 'Lab-reader' }, [UUID]],
    [{ FunctionName: 'Lab-other' }, []],
    [{ EventSourceArn: 'arn:aws:kinesis:ap-northeast-1:000000000000:stream/Lab-stream' }, [UUID]],
    [{}, [UUID]],
  ] as const) {
    const { EventSourceMappings } = await lambda.send(new ListEventSourceMappingsCommand(filter))
    assert.deepEqual(
      EventSourceMappings?.map(mapping => mapping.UUID),
      found,
    )
  }
  assert.deepEqual(lab.logged, [])
})

test('a role needs the right on the mapping', async t => {
  const Resource = { 'Fn::GetAtt': ['mapping', 'EventSourceMappingArn'] }
  const allowed = { Effect: 'Allow', Action: 'lambda:GetEventSourceMapping', Resource }
  const { lab, UUID } = await start(t, { ...readerOf({}), ...fn('hours', [allowed]) })
  await lab.cloud.invoke('hours', {})
  const lambda = new LambdaClient(client(lab.cloud, lab.seen[0]!.env))
  t.after(() => lambda.destroy())
  await lambda.send(new GetEventSourceMappingCommand({ UUID }))
  const update = new UpdateEventSourceMappingCommand({ UUID, Enabled: false })
  await refused(lambda.send(update), 'AccessDeniedException', 403)
})

test('stops at any time lose no record, repeat none and keep the order of each key', async () => {
  const stop = fc.record({
    puts: fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 12 }),
    /** Invocations that end before the stop. */
    ends: fc.nat({ max: 3 }),
    parallelization: fc.integer({ min: 1, max: 3 }),
    batchSize: fc.integer({ min: 1, max: 4 }),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(stop, { minLength: 1, maxLength: 5 }), async stops => {
      const stream = createDataStream('ticks', 1)
      const [shard] = stream.shards
      const put: string[] = []
      const got: string[] = []
      let checkpoint: Checkpoint | undefined
      for (const [index, { puts, ends, parallelization, batchSize }] of stops.entries()) {
        for (const key of puts) {
          put.push(`${key}${put.length}`)
          putRecord(stream, 0n, key, Buffer.from(put.at(-1)!))
        }
        const isLast = index === stops.length - 1
        if (isLast) replaceShards(stream, [shard!], [])
        let left = isLast ? Number.POSITIVE_INFINITY : ends
        const target: Pick<FunctionTarget, 'invoke'> = {
          async invoke(payload) {
            const { Records } = JSON.parse(payload) as KinesisEvent
            await new Promise(resolve => setImmediate(resolve))
            got.push(...Records.map(({ kinesis }) => textOf(kinesis.data)))
            if (--left <= 0 || (!isLast && got.length === put.length)) reader.stop()
            return { requestId: 'id', payload: 'null', failed: false }
          },
        }
        const reader = startShardReader({
          stream,
          shard: shard!,
          position: shard!.start,
          checkpoint,
          clock: machineClock,
          delivery: {
            mapping: { ...MAPPING, parallelization, batchSize },
            target: { ...target, definition: READER },
            roleArn: 'role',
            shardId: shard!.id,
            putFailure: async () => {},
            signal: new AbortController().signal,
            log() {},
          },
        })
        if (!isLast && (ends === 0 || put.length === got.length)) reader.stop()
        checkpoint = await reader.done
      }
      const ofKey = (texts: readonly string[], key: string) => texts.filter(text => text.startsWith(key))
      assert.equal(got.length, put.length)
      for (const key of ['a', 'b', 'c']) assert.deepEqual(ofKey(got, key), ofKey(put, key))
    }),
    { numRuns: 300 },
  )
})
