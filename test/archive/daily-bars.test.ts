import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DAILY_BAR_COLUMNS, type DailyBar } from '../../archive/daily-bars.ts'
import type { Day } from '../../market/day-record.ts'
import type { IssueMaster } from '../../market/market-event.ts'
import { asTradingDate } from '../../market/units.ts'

const DATE = asTradingDate(20261120)
/** Midnight of the date as wall time. */
const MIDNIGHT = Date.UTC(2026, 10, 20) * 1_000

const MASTER: IssueMaster = {
  code: '7203',
  name: 'トヨタ自動車',
  section: 'プライム',
  unit: 100,
  basePrice: 21_830_000,
  topix500: true,
}
const DAY: Day = {
  issue: '7203',
  date: DATE,
  prices: {
    open: { price: 1, time: 11 },
    high: { price: 2, time: 12, limit: true },
    low: { price: 3, time: 13 },
    last: { price: 4, time: 14, closing: true },
    volume: 5,
    turnover: 6,
    vwap: 7,
  },
  last: { time: 15, sequence: 16 },
  count: 8,
  lost: true,
  final: true,
}

const rowOf = (bar: DailyBar) => DAILY_BAR_COLUMNS.map(column => [column.name, column.of(bar)])

test('a daily bar has the issue of the master, and the prices and counts of its day', () => {
  assert.deepEqual(rowOf({ issue: '7203', master: MASTER, day: DAY }), [
    ['issue', '7203'],
    ['name', 'トヨタ自動車'],
    ['section', 'プライム'],
    ['base_price', 21_830_000],
    ['open_price', 1],
    ['open_time', MIDNIGHT + 11],
    ['high_price', 2],
    ['high_time', MIDNIGHT + 12],
    ['low_price', 3],
    ['low_time', MIDNIGHT + 13],
    ['last_price', 4],
    ['last_time', MIDNIGHT + 14],
    ['volume', 5],
    ['turnover', 6],
    ['vwap', 7],
    ['ticks', 8],
    ['lost', true],
  ])
})

test('an issue without a day, without a master, or without a time has no value there', () => {
  const valuesOf = (bar: DailyBar) =>
    Object.fromEntries(rowOf(bar).filter(([, value]) => value !== undefined)) as Record<string, unknown>
  assert.deepEqual(valuesOf({ issue: '7203', master: undefined, day: undefined }), {
    issue: '7203',
    ticks: 0,
    lost: false,
  })
  const quiet = { ...DAY, prices: { last: { price: 4 } }, lost: false }
  assert.deepEqual(valuesOf({ issue: '7203', master: undefined, day: quiet }), {
    issue: '7203',
    last_price: 4,
    ticks: 8,
    lost: false,
  })
})

test('the columns have their kinds, and issue, ticks and lost have a value in every row', () => {
  const kinds = DAILY_BAR_COLUMNS.map(({ name, kind, required }) => [name, kind, required === true])
  const prices = ['open', 'high', 'low', 'last'].flatMap(name => [
    [`${name}_price`, 'price', false],
    [`${name}_time`, 'moment', false],
  ])
  assert.deepEqual(kinds, [
    ['issue', 'text', true],
    ['name', 'text', false],
    ['section', 'text', false],
    ['base_price', 'price', false],
    ...prices,
    ['volume', 'whole', false],
    ['turnover', 'yen', false],
    ['vwap', 'price', false],
    ['ticks', 'whole', true],
    ['lost', 'truth', true],
  ])
})
