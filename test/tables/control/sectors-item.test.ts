import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { momentOf } from '../../../market/moment.ts'
import { SECTOR_CODES } from '../../../market/sector.ts'
import { readSectors, type SectorsItem, writeSectors } from '../../../tables/control/sectors-item.ts'
import { getItem } from '../../../tables/dynamodb.ts'
import { TRADING_DATE } from '../../functions/stored-market.ts'
import { startTables, TABLES, type Tables } from '../../functions/tables.ts'

/** The whole market has about 4,400 issues. */
const ISSUES = 4_400
/** An item costs a read unit for 4 KB. */
const MOST_BYTES = 12 * 1024

let tables: Tables
before(async () => {
  tables = await startTables()
})
after(() => tables[Symbol.asyncDispose]())

test('sectors are read as they were written last; before, there are none', async () => {
  const control = { client: tables.client, table: TABLES.CONTROL_TABLE }
  assert.deepEqual(await readSectors(control), new Map())
  const market = new Map(
    Array.from({ length: ISSUES }, (_, index) => [
      String(1301 + index),
      SECTOR_CODES[(index * 7) % SECTOR_CODES.length]!,
    ]),
  )
  const now = momentOf(TRADING_DATE, 0)
  await writeSectors(control, market, now)
  const sorted = (sectors: Awaited<ReturnType<typeof readSectors>>) =>
    [...sectors].sort(([a], [b]) => (a < b ? -1 : 1))
  assert.deepEqual(sorted(await readSectors(control)), sorted(market))
  const item = await getItem<SectorsItem>(control, { id: 'sectors' })
  assert.equal(item?.changedAt, '2026-11-20T00:00:00.000000+09:00')
  assert.ok(item.issues.length < MOST_BYTES, `got ${item.issues.length} bytes`)
  await writeSectors(control, new Map([['7203', '3700']]), now)
  assert.deepEqual(await readSectors(control), new Map([['7203', '3700']]))
})
