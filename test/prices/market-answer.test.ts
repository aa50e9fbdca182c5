import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { IssueTotals } from '../../market/market-row.ts'
import { isoTime, momentOf } from '../../market/moment.ts'
import { asEpochSeconds, asTradingDate } from '../../market/units.ts'
import { marketAsOf } from '../../prices/market-answer.ts'
import { totalsItem } from '../../tables/ticks/lane-totals.ts'
import type { TicksTable } from '../../tables/ticks/ticks-table.ts'
import { addTicksTable, startTables, type Tables } from '../functions/tables.ts'
import { sourceAt } from './standing-source.ts'
import { DATE, putAll } from './stored-packs.ts'

const DAY_BEFORE = asTradingDate(20261119)
const EXPIRES = asEpochSeconds(2_000_000_000)
const time = (hours: number, minutes: number, seconds = 0): number =>
  ((hours * 60 + minutes) * 60 + seconds) * 1_000_000
const totals = (issue: string, yen: number, at: number): IssueTotals => ({
  issue,
  last: yen * 10_000,
  volume: 300,
  turnover: yen * 300 * 100,
  time: at,
})

let tables: Tables
let table: TicksTable
before(async () => {
  tables = await startTables()
  table = await addTicksTable(tables)
  await putAll(table, [
    totalsItem(
      '1-0',
      DAY_BEFORE,
      { time: time(15, 30), issues: [totals('7203', 2000, time(15, 30))] },
      EXPIRES,
    ),
    totalsItem('1-0', DATE, { time: time(8, 1), issues: [] }, EXPIRES),
    totalsItem('1-0', DATE, { time: time(9, 30), issues: [totals('7203', 2100, time(9, 29, 59))] }, EXPIRES),
    totalsItem('1-0', DATE, { time: time(9, 31), issues: [totals('7203', 2200, time(9, 31))] }, EXPIRES),
    totalsItem(
      '3-1',
      DATE,
      { time: time(9, 29), issues: [totals('9984', 50.5, time(9, 1)), totals('130A', 7, time(9, 2, 3))] },
      EXPIRES,
    ),
  ])
})
after(() => tables[Symbol.asyncDispose]())

const ask = async (at: number) => {
  const source = sourceAt(table, 'everybody', momentOf(DATE, time(20, 0)))
  return marketAsOf(source, isoTime(DATE, at))
}

test('rows are of all lanes, in the order of codes, and of no moment after the cut', async () => {
  const { stamp, data } = await ask(time(9, 31) - 1)
  assert.deepEqual(data, {
    date: '2026-11-20',
    rows: [
      ['130A', 7, 300, 2100, '09:02:03'],
      ['7203', 2100, 300, 630_000, '09:29:59'],
      ['9984', 50.5, 300, 15_150, '09:01:00'],
    ],
  })
  assert.deepEqual(stamp, { delay: 'PT20M', asOf: isoTime(DATE, time(9, 29)) })
  assert.deepEqual((await ask(time(9, 31))).data.rows[1], ['7203', 2200, 300, 660_000, '09:31:00'])
})

test('until order acceptance the rows are those of the day before, then of the day', async () => {
  const night = await ask(time(8, 0) - 1)
  assert.deepEqual(night.data, { date: '2026-11-19', rows: [['7203', 2000, 300, 600_000, '15:30:00']] })
  assert.equal(night.stamp.asOf, isoTime(DAY_BEFORE, time(15, 30)))
  assert.deepEqual((await ask(time(8, 1))).data, { date: '2026-11-20', rows: [] })
})

test('everybody sees rows of twenty minutes ago, and the answer is late while a lane is not stored', async () => {
  const now = momentOf(DATE, time(9, 50, 59))
  const source = sourceAt(table, 'everybody', now)
  assert.equal((await marketAsOf(source, undefined)).data.rows[1]?.[1], 2100)
  await assert.rejects(marketAsOf(source, isoTime(DATE, time(9, 31))), { code: 'too-recent' })
  const asked: unknown[] = []
  const stored = {
    until: async (_date: unknown, _hours: unknown, issues: unknown) => {
      asked.push(issues)
      return momentOf(DATE, time(9, 20))
    },
  }
  const { stamp } = await marketAsOf({ ...source, storing: stored }, undefined)
  assert.deepEqual([stamp.late, asked.at(-1)], [true, 'all'])
})
