import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { PutCommand } from '@aws-sdk/lib-dynamodb'
import fc from 'fast-check'
import type { BarInterval } from '../../market/bar-times.ts'
import { copyBoard, F } from '../../market/board.ts'
import { RULES } from '../../market/calendar/calendar.ts'
import { type DayRecord, dayRecordOf } from '../../market/day-record.ts'
import { DAY_MICROSECONDS, momentOf, momentToIso } from '../../market/moment.ts'
import type { Tick } from '../../market/tick.ts'
import { deriveTrade } from '../../market/trade.ts'
import {
  addMicros,
  asEpochSeconds,
  asTradingDate,
  type EpochMicros,
  PRICE_SCALE,
  type TradingDate,
  TURNOVER_SCALE,
} from '../../market/units.ts'
import { barsIn } from '../../prices/bars-answer.ts'
import { boardAsOf } from '../../prices/boards-answer.ts'
import { dayAsOf, dayNow } from '../../prices/days-answer.ts'
import { dayItems, readDays, readMinutes } from '../../tables/ticks/day-items.ts'
import { ticksBetween } from '../../tables/ticks/read-ticks.ts'
import type { TicksTable } from '../../tables/ticks/ticks-table.ts'
import { dayOf, FIRST_NEW_DATE, LAST_OLD_DATE, MINUTE, SECOND } from '../functions/random-days.ts'
import { recordsOf, store } from '../functions/store-ticks/batch-delivery.ts'
import { envelopesOf } from '../functions/stored-market.ts'
import { addTicksTable, startTables, type Tables } from '../functions/tables.ts'
import { PriceTruth } from './price-truth.ts'
import { nowFor, sourceAt } from './standing-source.ts'

const ISSUE = '7203'
/** After every test has ended. */
const EXPIRES = asEpochSeconds(Math.floor(Date.now() / 1000) + 3_600)
const START = { time: 0, sequence: 0 }

let tables: Tables
before(async () => {
  tables = await startTables()
})
after(() => tables[Symbol.asyncDispose]())

/** Returns a busy day of one issue: the same day for the same seed. */
function sampleDay(date: TradingDate, seed: number): Tick[] {
  const [ticks] = fc.sample(dayOf(date, [ISSUE], { minLength: 60, maxLength: 60 }), { numRuns: 1, seed })
  return ticks!
}

async function storeDays(...days: Tick[][]): Promise<TicksTable> {
  const table = await addTicksTable(tables)
  for (const ticks of days) await store(table, recordsOf(envelopesOf([ticks])))
  return table
}

async function* each(ticks: readonly Tick[]): AsyncGenerator<Tick> {
  yield* ticks
}

async function finish(table: TicksTable, ticks: readonly Tick[], final: boolean): Promise<DayRecord> {
  const record = await dayRecordOf(RULES.hoursOf(ticks[0]!.tradingDate), each(ticks), final)
  assert.ok(record)
  for (const Item of dayItems(record, EXPIRES))
    await table.client.send(new PutCommand({ TableName: table.table, Item }))
  return record
}

/** Returns a trade after `tick`, at the highest price of the day. */
function closingTick(tick: Tick, time: number, yen: number): Tick {
  const board = copyBoard(tick.board)
  const price = yen * PRICE_SCALE
  const { values } = board
  values[F.updateNumber] = values[F.updateNumber]! + 1
  for (const field of [F.high, F.last]) values[field] = price
  for (const field of [F.highTime, F.lastTime, F.statusTime]) values[field] = time
  values[F.volume] = values[F.volume]! + 100
  values[F.turnover] = values[F.turnover]! + yen * 100 * TURNOVER_SCALE
  const trade = deriveTrade(tick.board, board)
  return { ...tick, sequence: tick.sequence + 1, time, board, ...(trade && { trade }) }
}

const clockTime = (hours: number, minutes: number): number => (hours * 60 + minutes) * MINUTE
const dayAt = async (table: TicksTable, moment: EpochMicros) =>
  (await dayAsOf(sourceAt(table, 'everybody', nowFor('everybody', moment)), ISSUE, undefined)).data.day

test('a finished day is read as it was written until it expires', async () => {
  const table = await addTicksTable(tables)
  const record = await finish(table, sampleDay(FIRST_NEW_DATE, 3), true)
  const { minutes, ...day } = record
  assert.ok(minutes.length > 10)
  assert.deepEqual(await readDays(table, ISSUE, LAST_OLD_DATE, FIRST_NEW_DATE), [day])
  const { date, last, final } = day
  assert.deepEqual(await readMinutes(table, ISSUE, date, date), [{ date, last, final, minutes }])
  assert.deepEqual(await readDays(table, ISSUE, LAST_OLD_DATE, LAST_OLD_DATE), [])
  for (const Item of dayItems(record, asEpochSeconds(1)))
    await table.client.send(new PutCommand({ TableName: table.table, Item }))
  assert.deepEqual(await readDays(table, ISSUE, date, date), [])
  assert.deepEqual(await readMinutes(table, ISSUE, date, date), [])
})

test('the day before is shown until 8:00, then the day: without prices before the first trade, closed at the end', async () => {
  const [old, recent] = [sampleDay(LAST_OLD_DATE, 1), sampleDay(FIRST_NEW_DATE, 2)]
  const table = await storeDays(old, recent)
  const shown = async (date: TradingDate, time: number) => {
    const { date: of, state, open } = await dayAt(table, momentOf(date, time))
    return [of, state, open !== undefined]
  }
  const first = recent.find(({ trade }) => trade !== undefined)!.time
  assert.ok(first > clockTime(9, 0))
  const [before, day] = ['2024-11-01', '2024-11-05']
  assert.deepEqual(await shown(FIRST_NEW_DATE, clockTime(8, 0) - 1), [before, 'closed', true])
  assert.deepEqual(await shown(FIRST_NEW_DATE, clockTime(8, 0)), [day, 'before-open', false])
  assert.deepEqual(await shown(FIRST_NEW_DATE, clockTime(9, 0)), [day, 'open', false])
  assert.deepEqual(await shown(FIRST_NEW_DATE, first - 1), [day, 'open', false])
  assert.deepEqual(await shown(FIRST_NEW_DATE, first), [day, 'open', true])
  assert.deepEqual(await shown(FIRST_NEW_DATE, clockTime(12, 0)), [day, 'open', true])
  assert.deepEqual(await shown(FIRST_NEW_DATE, clockTime(15, 30) - 1), [day, 'open', true])
  assert.deepEqual(await shown(FIRST_NEW_DATE, clockTime(15, 30)), [day, 'closed', true])
  assert.deepEqual(await shown(LAST_OLD_DATE, clockTime(15, 0)), [before, 'closed', true])
  // Saturday, Sunday, and a holiday on Monday.
  for (const closed of [20241102, 20241103, 20241104])
    assert.deepEqual(await shown(asTradingDate(closed), clockTime(10, 0)), [before, 'closed', true])
})

test('the previous close comes from the last board, or from the record if the ticks are deleted', async () => {
  const [old, recent] = [sampleDay(LAST_OLD_DATE, 1), sampleDay(FIRST_NEW_DATE, 2)]
  const close = old.findLast(({ trade }) => trade !== undefined)!.trade!.price / 10_000
  const expected = { price: close, date: '2024-11-01' }
  const moment = momentOf(FIRST_NEW_DATE, clockTime(10, 0))
  const fromBoard = await storeDays(old, recent)
  assert.deepEqual((await dayAt(fromBoard, moment)).previousClose, expected)
  const fromRecord = await storeDays(recent)
  assert.equal((await dayAt(fromRecord, moment)).previousClose, undefined)
  await finish(fromRecord, old, true)
  assert.deepEqual((await dayAt(fromRecord, moment)).previousClose, expected)
})

test('a record that is not final is not used if ticks came after it', async () => {
  const old = sampleDay(LAST_OLD_DATE, 1)
  const table = await storeDays(old)
  const cut = momentOf(LAST_OLD_DATE, DAY_MICROSECONDS - 1)
  const source = sourceAt(table, 'everybody', nowFor('everybody', cut))
  const ask = async (interval: BarInterval) =>
    (await barsIn(source, { issue: ISSUE, from: undefined, to: undefined, interval })).data.bars
  const truth = [await ask('1m'), await ask('1d'), await dayAt(table, cut)]
  const given = old.findLastIndex(({ trade }) => trade !== undefined)
  await finish(table, old.slice(0, given), false)
  assert.deepEqual([await ask('1m'), await ask('1d'), await dayAt(table, cut)], truth)
})

test('a finished day does not show its last tick before the cut', async () => {
  const day = sampleDay(LAST_OLD_DATE, 1)
  const before = day.findLast(({ time }) => time < clockTime(15, 0))!
  // The closing auction, at a price that the day has not seen.
  const ticks = [
    ...day.slice(0, day.indexOf(before) + 1),
    closingTick(before, clockTime(15, 0) + 2 * SECOND, 2000),
  ]
  const table = await storeDays(ticks)
  await finish(table, ticks, true)
  const truth = new PriceTruth(ticks, ISSUE)
  const { time } = ticks.at(-1)!
  for (const until of [time - 1, time]) {
    const cut = momentOf(LAST_OLD_DATE, until)
    const source = sourceAt(table, 'everybody', nowFor('everybody', cut))
    const bars = async (interval: BarInterval) =>
      (await barsIn(source, { issue: ISSUE, from: undefined, to: undefined, interval })).data.bars
    const { board } = (await boardAsOf(source, ISSUE, undefined)).data
    assert.deepEqual(board, truth.board(LAST_OLD_DATE, until))
    for (const [interval, minutes] of [
      ['1m', 1],
      ['5m', 5],
      ['15m', 15],
      ['1h', 60],
    ] as const)
      assert.deepEqual(await bars(interval), truth.bars(LAST_OLD_DATE, 0, until, minutes), interval)
    assert.deepEqual(await bars('1d'), truth.dayBar(LAST_OLD_DATE, until))
    const { open, high, low, last } = await dayAt(table, cut)
    assert.deepEqual(
      [open, high, low, last].map(point => point?.price),
      truth.prices(LAST_OLD_DATE, until),
    )
    assert.equal(high?.price === 2000, until === time)
  }
})

test('the day of now has the prices of the newest board and of the morning, and none of the day before', async () => {
  for (const seed of [1, 2, 3, 4]) {
    const recent = sampleDay(FIRST_NEW_DATE, seed)
    const table = await storeDays(recent)
    const latest = recent.at(-1)!
    const now = momentOf(FIRST_NEW_DATE, latest.time)
    assert.deepEqual(
      (await dayNow(sourceAt(table, 'registered', now), ISSUE, latest)).data.day,
      await dayAt(table, now),
    )
  }
  const old = sampleDay(LAST_OLD_DATE, 1)
  const early = sourceAt(await storeDays(old), 'registered', momentOf(FIRST_NEW_DATE, clockTime(8, 30)))
  const { previousClose, ...day } = (await dayNow(early, ISSUE, old.at(-1)!)).data.day
  assert.deepEqual(day, { issue: ISSUE, date: '2024-11-05', state: 'before-open' })
  assert.equal(previousClose?.date, '2024-11-01')
  // The previous close makes an unlisted issue known.
  const unlisted = { ...early, isListed: async () => false }
  assert.equal((await dayNow(unlisted, ISSUE, undefined)).data.day.previousClose?.date, '2024-11-01')
})

test('a finished day does not make an issue known before its first tick may be shown', async () => {
  const old = sampleDay(LAST_OLD_DATE, 1)
  const table = await storeDays(old)
  await finish(table, old, true)
  const ask = (cut: EpochMicros) => {
    const source = sourceAt(table, 'everybody', nowFor('everybody', cut))
    return boardAsOf({ ...source, isListed: async () => false }, ISSUE, undefined)
  }
  const first = momentOf(LAST_OLD_DATE, old[0]!.time)
  await assert.rejects(ask(addMicros(first, -1)), { code: 'unknown-issue' })
  assert.ok((await ask(first)).data.board)
  assert.equal((await ask(momentOf(FIRST_NEW_DATE, 0))).data.board, null)
})

test('bars of old dates come from finished days, without the bar that the end of the range cuts', async () => {
  const old = sampleDay(LAST_OLD_DATE, 1)
  const table = await addTicksTable(tables)
  await finish(table, old, true)
  const stocked = await storeDays(old)
  const now = addMicros(momentOf(LAST_OLD_DATE, 0), 400 * DAY_MICROSECONDS)
  const ask = async (of: TicksTable, at: EpochMicros, to: number, interval: BarInterval) => {
    const range = {
      from: momentToIso(momentOf(LAST_OLD_DATE, 0)),
      to: momentToIso(momentOf(LAST_OLD_DATE, to)),
    }
    return (await barsIn(sourceAt(of, 'everybody', at), { issue: ISSUE, ...range, interval })).data.bars
  }
  const fresh = nowFor('everybody', momentOf(LAST_OLD_DATE, DAY_MICROSECONDS - 1))
  for (const interval of ['1m', '5m', '1h', '1d'] as const) {
    const end = DAY_MICROSECONDS - 1
    assert.deepEqual(await ask(table, now, end, interval), await ask(stocked, fresh, end, interval))
  }
  const cut = clockTime(13, 45)
  const known = (await ask(stocked, fresh, cut, '1h')) as { time: string }[]
  assert.ok(known.some(({ time }) => time.includes('T13:30')))
  assert.deepEqual(
    await ask(table, now, cut, '1h'),
    known.filter(({ time }) => !time.includes('T13:30')),
  )
  assert.deepEqual(await ask(table, now, cut, '1d'), [])
  // A range that ends with the last microsecond of a bar has the bar.
  const end = clockTime(14, 30) - 1
  assert.deepEqual(await ask(table, now, end, '1h'), await ask(stocked, fresh, end, '1h'))
})

test('the record of a day is the same from stored ticks and from the ticks themselves', async () => {
  const old = sampleDay(LAST_OLD_DATE, 1)
  const table = await storeDays(old)
  const read = ticksBetween(table, ISSUE, LAST_OLD_DATE, START, DAY_MICROSECONDS - 1)
  const hours = RULES.hoursOf(LAST_OLD_DATE)
  assert.deepEqual(await dayRecordOf(hours, read, true), await dayRecordOf(hours, each(old), true))
  assert.equal(await dayRecordOf(hours, each([]), true), undefined)
})
