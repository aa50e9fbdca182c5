import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { BarInterval } from '../../market/bar-times.ts'
import type { Bar, BarJson } from '../../market/bars.ts'
import type { DayPrices } from '../../market/day-prices.ts'
import type { DayRecord } from '../../market/day-record.ts'
import { isoTime, momentOf } from '../../market/moment.ts'
import { addMicros, type EpochMicros } from '../../market/units.ts'
import { type BarsRequest, barsIn } from '../../prices/bars-answer.ts'
import type { TicksTable } from '../../tables/ticks/ticks-table.ts'
import { addTicksTable, startTables, type Tables } from '../functions/tables.ts'
import { sourceAt } from './standing-source.ts'
import { DATE, ISSUE, storePack, storeRecord, tickOf } from './stored-packs.ts'

const MINUTE = 60_000_000
const time = (hours: number, minutes: number): number => (hours * 60 + minutes) * MINUTE
const EVENING = momentOf(DATE, time(20, 0))

let tables: Tables
before(async () => {
  tables = await startTables()
})
after(() => tables[Symbol.asyncDispose]())

/** A source that keeps the ticks of the date, or no ticks. */
const sourceOf = (ticks: TicksTable, now = EVENING, keepDays = 31) => ({
  ...sourceAt(ticks, 'everybody', now),
  keepDays,
})

const ask = (source: ReturnType<typeof sourceOf>, request: Partial<BarsRequest> = {}) =>
  barsIn(source, { issue: ISSUE, interval: '1m', from: undefined, to: undefined, ...request })

/** Returns times of day of bars as minutes after 9:00. */
async function startsOf(source: ReturnType<typeof sourceOf>, request: Partial<BarsRequest>) {
  const { bars } = (await ask(source, request)).data
  return (bars as BarJson[]).map(bar => {
    const [, hours, minutes] = /T(\d\d):(\d\d)/.exec(bar.time)!
    return 60 * Number(hours) + Number(minutes) - 540
  })
}

const traded = (sequence: number, at: number, volume: number, price = 20_000_000) =>
  tickOf(sequence, at, { last: price, volume }, { trade: { price, quantity: 100 } })

const minuteAt = (at: number): Bar => ({
  ...{ time: at, open: 20_000_000, high: 20_010_000, low: 19_990_000, close: 20_005_000 },
  ...{ volume: 300, turnover: 60_000_000 },
})

const recordOf = (minutes: Bar[], prices: DayPrices = {}, more: Partial<DayRecord> = {}): DayRecord => ({
  ...{ issue: ISSUE, date: DATE, prices, last: { time: time(15, 30), sequence: 9 } },
  ...{ count: 1, lost: false, final: true, minutes },
  ...more,
})

test('bars come from ticks, from the bar on that contains the start of the range', async () => {
  const table = await addTicksTable(tables)
  await storePack(table, [
    traded(1, time(9, 0), 100),
    traded(2, time(9, 4), 200, 20_010_000),
    traded(3, time(9, 5), 300),
  ])
  const source = sourceOf(table)
  assert.deepEqual(await startsOf(source, {}), [0, 4, 5])
  const from = (at: number) => ({ from: isoTime(DATE, at) })
  assert.deepEqual(await startsOf(source, from(time(9, 4))), [4, 5])
  assert.deepEqual(await startsOf(source, from(time(9, 5) - 1)), [4, 5])
  assert.deepEqual(await startsOf(source, from(time(9, 5))), [5])
  assert.deepEqual(await startsOf(source, { ...from(time(9, 5) - 1), interval: '5m' }), [0, 5])
  const { bars } = (await ask(source, { ...from(time(9, 4)), interval: '5m' })).data
  assert.deepEqual(bars[0], {
    ...{ time: isoTime(DATE, time(9, 0)), open: 2_000, high: 2_001, low: 2_000, close: 2_001 },
    ...{ volume: 200, turnover: 400_100 },
  })
})

test('bars of a date whose ticks are deleted come from its record, without a bar that the end of the range cuts', async () => {
  const table = await addTicksTable(tables)
  await storeRecord(table, recordOf([time(9, 0), time(9, 4), time(9, 5)].map(minuteAt)))
  const source = sourceOf(table, addMicros(EVENING, 5 * 86_400_000_000), 2)
  const until = async (at: number, interval: BarInterval = '1m') =>
    startsOf(source, { from: isoTime(DATE, 0), to: isoTime(DATE, at), interval })
  assert.deepEqual(await until(time(15, 30)), [0, 4, 5])
  assert.deepEqual(await until(time(9, 6) - 1), [0, 4, 5])
  assert.deepEqual(await until(time(9, 6) - 2), [0, 4])
  assert.deepEqual(await until(time(9, 5) - 1, '5m'), [0])
  assert.deepEqual(await until(time(9, 5) - 2, '5m'), [])
})

test('the bar of a day has the prices of its record, and is missing without all four prices', async () => {
  const point = (price: number) => ({ price })
  const prices = {
    open: point(20_000_000),
    high: point(20_100_000),
    low: point(19_900_000),
    last: point(20_050_000),
  }
  const dayBars = async (prices: DayPrices) => {
    const table = await addTicksTable(tables)
    await storeRecord(table, recordOf([], prices))
    return (await ask(sourceOf(table), { interval: '1d' })).data.bars
  }
  const bar = { date: '2026-11-20', open: 2_000, high: 2_010, low: 1_990, close: 2_005 }
  assert.deepEqual(await dayBars({ ...prices, volume: 300, turnover: 60_000_050 }), [
    { ...bar, volume: 300, turnover: 600_000.5 },
  ])
  assert.deepEqual(await dayBars(prices), [{ ...bar, volume: 0 }])
  for (const name of ['open', 'high', 'low', 'last'] as const) {
    const { [name]: _, ...rest } = prices
    assert.deepEqual(await dayBars(rest), [], name)
  }
})

test('an answer is late if a date with bars is not stored up to the end of the range', async () => {
  const table = await addTicksTable(tables)
  await storePack(table, [traded(1, time(9, 0), 100), traded(2, time(9, 20), 200)])
  const late = async (stored: EpochMicros, interval: BarInterval) => {
    const source = { ...sourceOf(table, momentOf(DATE, time(10, 0))), storing: { until: async () => stored } }
    const { stamp, data } = await ask(source, { interval })
    return [stamp.asOf, stamp.late, data.bars.length]
  }
  const cut = isoTime(DATE, time(9, 40))
  for (const interval of ['1m', '1h'] as const) {
    const all = interval === '1m' ? 2 : 1
    assert.deepEqual(await late(momentOf(DATE, time(9, 40)), interval), [cut, undefined, all])
    const [asOf, isLate, bars] = await late(momentOf(DATE, time(9, 10)), interval)
    assert.deepEqual([asOf, isLate, bars], [isoTime(DATE, time(9, 10)), true, 1])
  }
})
