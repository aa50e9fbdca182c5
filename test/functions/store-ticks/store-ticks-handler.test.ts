import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { DeleteCommand, ScanCommand } from '@aws-sdk/lib-dynamodb'
import type { Context, KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda'
import type { TicksItem } from '../../../tables/ticks/ticks-item.ts'
import { toNextVersion } from '../../next-release/next-envelope.ts'
import { kinesisEvent, lambdaContext } from '../invoke.ts'
import { envelopesOf, openSender, sampleTicks } from '../stored-market.ts'
import { startTables, TABLES, type Tables } from '../tables.ts'

const BAD = Uint8Array.of(1, 2, 3)
const good = envelopesOf([sampleTicks(30)])

let tables: Tables
let invoke: (event: KinesisStreamEvent, context?: Context) => Promise<KinesisStreamBatchResponse>
before(async () => {
  tables = await startTables()
  Object.assign(process.env, { KEEP_DAYS: '31', UNITS_PER_LANE: '1000' })
  const { handler } = await import('../../../functions/store-ticks/store-ticks-handler.ts')
  invoke = (event, context = lambdaContext) => handler(event, context)
})
after(() => tables[Symbol.asyncDispose]())

const countItems = async () =>
  (await tables.client.send(new ScanCommand({ TableName: TABLES.TICKS_TABLE }))).Count ?? 0

test('a batch whose first envelope is bad fails as a whole, so that Lambda bisects it', async () => {
  for (const batch of [[BAD], [BAD, ...good]]) {
    await assert.rejects(invoke(kinesisEvent(batch)), (error: Error) => {
      assert.equal(error.name, 'NothingStored')
      assert.match(
        error.message,
        new RegExp(`cannot be decoded: none of the ${batch.length} records can be acknowledged`),
      )
      assert.equal((error.cause as Error).name, 'EnvelopeError')
      return true
    })
  }
  assert.equal(await countItems(), 0)
})

test('envelopes before a bad envelope are stored and acknowledged, and so is a whole good batch', async () => {
  const event = kinesisEvent([...good, BAD, ...good])
  const bad = event.Records[good.length]!.kinesis.sequenceNumber
  assert.deepEqual(await invoke(event), { batchItemFailures: [{ itemIdentifier: bad }] })
  const items = await countItems()
  assert.ok(items > 0)
  assert.deepEqual(await invoke(kinesisEvent(good)), { batchItemFailures: [] })
  assert.equal(await countItems(), items)
})

test('an envelope of a newer release is waited for and refused, and the envelopes before it are stored', async () => {
  const next = good.map(toNextVersion)
  const event = kinesisEvent([...good, ...next])
  const unknown = event.Records[good.length]!.kinesis.sequenceNumber
  assert.deepEqual(await invoke(event), { batchItemFailures: [{ itemIdentifier: unknown }] })
  const items = await countItems()

  const remaining = 2_300
  const start = performance.now()
  const context = { ...lambdaContext, getRemainingTimeInMillis: () => remaining }
  await assert.rejects(invoke(kinesisEvent([...next, ...good]), context), (error: Error) => {
    assert.equal(error.name, 'NothingStored')
    assert.match(error.message, /^a newer release wrote an envelope: none of the/)
    assert.match((error.cause as Error).message, /^expected envelope version 2, got 3$/)
    return true
  })
  // It waits as long as the invocation may last, less the reserve of two seconds. Timers may be a little early.
  assert.ok(performance.now() - start > 250)
  assert.equal(await countItems(), items)
})

test('an environment does not write the same totals again', async () => {
  const sender = openSender(1)
  const ticks = sampleTicks(30)
  const storedTotals = async () => {
    const { Items = [] } = await tables.client.send(new ScanCommand({ TableName: TABLES.TICKS_TABLE }))
    return (Items as TicksItem[]).filter(({ key }) => key.endsWith('#totals'))
  }
  await invoke(kinesisEvent([...sender.send(ticks), ...sender.keyFrames()]))
  const totals = await storedTotals()
  assert.ok(totals.length > 0)
  for (const { key, time } of totals)
    await tables.client.send(new DeleteCommand({ TableName: TABLES.TICKS_TABLE, Key: { key, time } }))
  await invoke(kinesisEvent(sender.keyFrames()))
  assert.deepEqual(await storedTotals(), [])
})
