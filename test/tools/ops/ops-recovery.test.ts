/** The commands of `npm run ops` that bring back what was lost, against the template that runs on this machine. */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { DAY_MICROSECONDS } from '../../../market/moment.ts'
import { createDynamoDB } from '../../../tables/dynamodb.ts'
import { ticksBetween } from '../../../tables/ticks/read-ticks.ts'
import { failedBatchObject } from '../../drills/recovery/recovery-objects.ts'
import { recordsOf } from '../../functions/store-ticks/batch-delivery.ts'
import { envelopesOf, sampleTicks, TRADING_DATE } from '../../functions/stored-market.ts'
import { type CommandResult, type OpsSystem, runOps, startOpsSystem } from './ops-system.ts'

const TICKS = sampleTicks(40)

const parts = new AsyncDisposableStack()
let system: OpsSystem
before(async () => {
  system = await startOpsSystem(parts)
})
after(() => parts.disposeAsync())

const ops = (...args: string[]): Promise<CommandResult> => runOps(...args, '--system', system.file)

/** Returns the sequences that the ticks table has. */
async function storedSequences(): Promise<number[]> {
  const { endpointUrl: endpoint, region, credentials, outputs } = system.cloud
  const client = createDynamoDB({ endpoint, region, credentials })
  const table = { client, table: outputs.TicksTable! }
  const start = { time: 0, sequence: 0 }
  const found: number[] = []
  for (const issue of new Set(TICKS.map(({ board }) => board.issue)))
    for await (const { sequence } of ticksBetween(table, issue, TRADING_DATE, start, DAY_MICROSECONDS - 1))
      found.push(sequence)
  client.destroy()
  return found.sort((a, b) => a - b)
}

suite('ops', () => {
  test('redrive gives a failed batch to the function store-ticks, which stores it', async () => {
    const { endpointUrl: endpoint, region, credentials, outputs } = system.cloud
    const client = new S3Client({ endpoint, region, credentials })
    const arn = outputs.StoreTicks!.replace(/:live$/, '')
    const { key, body } = failedBatchObject(arn, recordsOf(envelopesOf([TICKS])), 0)
    await client.send(new PutObjectCommand({ Bucket: outputs.FailedBatches!, Key: key, Body: body }))
    client.destroy()

    const dry = await ops('redrive', '--dry-run')
    assert.equal(dry.code, 0, dry.err)
    assert.match(dry.out, /1 batch with 40 ticks could be stored, 0 failed\./)
    assert.deepEqual(await storedSequences(), [])
    const { code, out, err } = await ops('redrive', '--date', '2026-11-20')
    assert.equal(code, 0, err)
    assert.match(out, /1 batch with 40 ticks stored, 0 failed\./)
    assert.deepEqual(
      await storedSequences(),
      TICKS.map(({ sequence }) => sequence),
    )
    assert.match((await ops('redrive')).out, /1 batch stored by an earlier redrive\./)
  })

  test('restore-day names what is missing, and copy-table finds its table', async () => {
    const restored = await ops('restore-day', '--date', '2026-11-20')
    assert.equal(restored.code, 2)
    assert.match(restored.err, /2026-11-20 is not in the archive/)
    const copied = await ops('copy-table', '--from', system.cloud.outputs.TicksTable!, '--to', 'ticks')
    assert.equal(copied.code, 0, copied.err)
    assert.match(copied.out, /^0 items written, \d+ items kept that the table has, 0 items not copied\.\n$/)
    const absent = await ops('copy-table', '--from', 'NoSuchTable', '--to', 'control')
    assert.equal(absent.code, 2)
    assert.match(absent.err, /copy of NoSuchTable: ResourceNotFoundException/)
  })
})
