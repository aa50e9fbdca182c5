/** Where a mapping starts to read, on a stream that was written and resharded before. */
import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { machineClock } from '../../../local/cloud/cloud-clock.ts'
import type { FunctionTarget } from '../../../local/cloud/functions/function.ts'
import {
  createDataStream,
  type DataStream,
  openShards,
  putRecord,
  replaceShards,
} from '../../../local/cloud/kinesis/data-stream.ts'
import { startMapping } from '../../../local/cloud/mappings/mapping.ts'
import type { MappingDefinition } from '../../../local/cloud/mappings/mapping-definition.ts'
import { openObjectStore } from '../../../local/cloud/stores/object-store.ts'
import { until } from '../../until.ts'
import { MAPPING, READER } from './mapping-fixture.ts'

const START = 1_700_000_000_000

/** Returns a function that collects the texts of its records as soon as `ready` resolves. */
function collector(texts: string[], ready: Promise<void>): FunctionTarget {
  return {
    definition: READER,
    async invoke(payload) {
      await ready
      const { Records } = JSON.parse(payload) as { Records: { kinesis: { data: string } }[] }
      for (const { kinesis } of Records) texts.push(Buffer.from(kinesis.data, 'base64').toString())
      return { requestId: 'id', payload: 'null', failed: false }
    },
  }
}

async function start(
  t: TestContext,
  stream: DataStream,
  mapping: Partial<MappingDefinition>,
  ready = Promise.resolve(),
) {
  const texts: string[] = []
  const logged: string[] = []
  const objects = await openObjectStore()
  const running = startMapping({
    mapping: { ...MAPPING, ...mapping },
    enabled: true,
    target: collector(texts, ready),
    roleArn: 'role',
    stream,
    objects,
    clock: machineClock,
    log: text => logged.push(text),
  })
  t.after(async () => {
    await running.close()
    await objects.close()
  })
  return { texts, logged }
}

const put = (stream: DataStream, text: string) => putRecord(stream, 0n, 'key', Buffer.from(text))

/** Replaces all shards by one. */
function reshard(stream: DataStream): void {
  const shards = openShards(stream)
  replaceShards(stream, shards, [{ firstKey: 0n, lastKey: shards.at(-1)!.lastKey }])
}

test('a mapping from LATEST reads only the records after its start', async t => {
  const stream = createDataStream('ticks', 1)
  put(stream, 'before the resharding')
  reshard(stream)
  put(stream, 'before the start')
  const { texts } = await start(t, stream, { start: 'LATEST' })
  put(stream, 'after')
  reshard(stream)
  put(stream, 'in a child')
  await until(() => texts.length === 2, 'two records')
  assert.deepEqual(texts, ['after', 'in a child'])
})

test('a mapping from AT_TIMESTAMP reads parents before their children', async t => {
  t.mock.timers.enable({ apis: ['Date'], now: START })
  const stream = createDataStream('ticks', 2)
  put(stream, 'too early')
  t.mock.timers.tick(1_000)
  for (let number = 1; number <= 3; number++) put(stream, `parent ${number}`)
  reshard(stream)
  put(stream, 'child')
  const { texts } = await start(t, stream, { start: 'AT_TIMESTAMP', startTimestamp: START / 1000 + 1 })
  await until(() => texts.length === 4, 'four records')
  assert.deepEqual(texts, ['parent 1', 'parent 2', 'parent 3', 'child'])
})

test('a mapping logs that records were dropped before it read them', async t => {
  t.mock.timers.enable({ apis: ['Date'], now: START })
  const stream = createDataStream('ticks', 1)
  const { promise: ready, resolve: release } = Promise.withResolvers<void>()
  const { texts, logged } = await start(t, stream, { start: 'TRIM_HORIZON' }, ready)
  // More than a mapping reads ahead of a busy function.
  for (let number = 0; number < 40; number++) putRecord(stream, 0n, 'key', Buffer.alloc(1024 * 1024))
  await new Promise(resolve => setImmediate(resolve))
  t.mock.timers.tick(300_001)
  put(stream, 'kept')
  release()
  await until(() => texts.at(-1) === 'kept', 'the kept record')
  assert.ok(texts.length < 41)
  assert.deepEqual(logged, ['mapping: shardId-000000000000: records were dropped before they were read'])
})
