import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ScanCommand } from '@aws-sdk/client-dynamodb'
import { storeMaster } from '../../../functions/broadcast/master-writer.ts'
import type { EventOf, IssueMaster } from '../../../market/market-event.ts'
import { asTradingDate, type TradingDate } from '../../../market/units.ts'
import { createMaster, type Master } from '../../../tables/boards/master-list.ts'
import { startTables, TABLES, type Tables } from '../tables.ts'

let tables: Tables
let master: Master
before(async () => {
  tables = await startTables()
  master = createMaster(boards())
})
after(() => tables[Symbol.asyncDispose]())

const boards = () => ({ client: tables.client, table: TABLES.BOARDS_TABLE })
const TODAY = asTradingDate(20261120)
const MONDAY = asTradingDate(20261124)

const issueOf = (code: number, name = ''): IssueMaster => ({
  code: String(code),
  name,
  section: 'プライム',
  unit: 100,
  basePrice: 10_000_000,
  topix500: false,
})

/** Splits the master of a line into parts of two issues. */
function partsOf(
  line: number,
  tradingDate: TradingDate,
  issues: readonly IssueMaster[],
): EventOf<'issues'>[] {
  const parts = Math.ceil(issues.length / 2)
  return Array.from({ length: parts }, (_, part) => ({
    type: 'issues',
    line,
    tradingDate,
    part,
    parts,
    issues: issues.slice(2 * part, 2 * part + 2),
  }))
}

const listed = async (): Promise<string[]> => (await master.read()).map(({ code }) => code).sort()
async function itemIds(): Promise<string[]> {
  const { Items } = await tables.client.send(new ScanCommand({ TableName: TABLES.BOARDS_TABLE }))
  return (Items ?? []).map(({ id }) => id?.S ?? '').sort()
}

test('a list is new, and reported once, when its last missing part arrives', async () => {
  const [first, second, third] = partsOf(
    1,
    TODAY,
    [1301, 1302, 1303, 1304, 1305].map(code => issueOf(code)),
  )
  assert.equal(await storeMaster(boards(), third!), undefined)
  assert.equal(await storeMaster(boards(), first!), undefined)
  assert.deepEqual(await listed(), [])
  const expected = { type: 'issues', line: 1, date: '2026-11-20', count: 5 }
  assert.deepEqual(await storeMaster(boards(), second!), expected)
  assert.deepEqual(await listed(), ['1301', '1302', '1303', '1304', '1305'])
  // A restarted task sends the list again.
  for (const part of [first, second, third]) assert.equal(await storeMaster(boards(), part!), undefined)
})

test('the shorter list of the next date replaces the old list, and all old parts are deleted', async () => {
  for (const part of partsOf(2, TODAY, [issueOf(2001)])) await storeMaster(boards(), part)
  const [first, second] = partsOf(
    1,
    MONDAY,
    [1301, 1303, 1309].map(code => issueOf(code)),
  )
  assert.equal(await storeMaster(boards(), first!), undefined)
  assert.deepEqual(await listed(), ['1301', '1302', '1303', '1304', '1305', '2001'])
  const expected = { type: 'issues', line: 1, date: '2026-11-24', count: 3 }
  assert.deepEqual(await storeMaster(boards(), second!), expected)
  assert.deepEqual(await listed(), ['1301', '1303', '1309', '2001'])
  assert.deepEqual(await itemIds(), [
    'issues#1',
    `issues#1#${MONDAY}#0`,
    `issues#1#${MONDAY}#1`,
    'issues#2',
    `issues#2#${TODAY}#0`,
  ])
})

test('a list of an older date is ignored', async () => {
  const before = await itemIds()
  for (const part of partsOf(1, TODAY, [issueOf(1301), issueOf(1302)]))
    assert.equal(await storeMaster(boards(), part), undefined)
  assert.deepEqual(await itemIds(), before)
})

test('a list that is corrected within its date is reported again', async () => {
  const corrected = [issueOf(1301, '極洋'), issueOf(1303)]
  const [part] = partsOf(1, MONDAY, corrected)
  const expected = { type: 'issues', line: 1, date: '2026-11-24', count: 2 }
  assert.deepEqual(await storeMaster(boards(), part!), expected)
  assert.deepEqual(
    (await master.read()).filter(({ code }) => code.startsWith('13')),
    corrected,
  )
  assert.ok(!(await itemIds()).includes(`issues#1#${MONDAY}#1`))
})
