import assert from 'node:assert/strict'
import { test } from 'node:test'
import { S3Client } from '@aws-sdk/client-s3'
import { createSigns } from '../../../functions/market-hours/market-signs.ts'
import { asEpochMillis, asTradingDate } from '../../../market/units.ts'
import { renewLease, takeLease } from '../../../tables/control/lease-item.ts'
import { startTables, TABLES } from '../tables.ts'

const FRIDAY = asTradingDate(20261120)
const THURSDAY = asTradingDate(20261119)

test('the newest date is the latest of which a line has published a message', async t => {
  const tables = await startTables()
  t.after(() => tables[Symbol.asyncDispose]())
  const control = { client: tables.client, table: TABLES.CONTROL_TABLE }
  const signs = createSigns({
    boards: { client: tables.client, table: TABLES.BOARDS_TABLE },
    control,
    s3: new S3Client({}),
    bucket: 'archive',
  })
  const limit = AbortSignal.timeout(10_000)
  const epoch = asEpochMillis(1)
  const publish = async (line: number, tradingDate = FRIDAY, sequences: readonly number[], beat: number) => {
    const lanes = sequences.map(sequence => ({ epoch, counter: beat, sequence }))
    const published = { tradingDate, position: 0, reached: 0, lanes }
    const renewal = { task: 'a', epoch, beat, published, works: true, released: false }
    assert.equal(await renewLease(control, line, renewal, limit), true)
  }
  assert.deepEqual(await signs.progress(), { mark: '', newest: undefined })
  for (const line of [1, 2, 3])
    assert.equal(await takeLease(control, line, { task: 'a', epoch }, undefined, limit), true)
  assert.deepEqual(await signs.progress(), { mark: '', newest: undefined })
  // Line 1 runs without messages.
  await publish(1, FRIDAY, [0, 0], 1)
  const { mark, newest } = await signs.progress()
  assert.deepEqual([mark, newest], ['20261120,, 0-0,,', undefined])
  await publish(3, THURSDAY, [7, 0], 1)
  assert.equal((await signs.progress()).newest, THURSDAY)
  await publish(1, FRIDAY, [0, 4], 2)
  assert.deepEqual(await signs.progress(), { mark: '20261120,,20261119 0-4,,7-0', newest: FRIDAY })
})
