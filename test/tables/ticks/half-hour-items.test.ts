import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Bar } from '../../../market/bars.ts'
import { RULES } from '../../../market/calendar/calendar.ts'
import { asEpochSeconds, asTradingDate } from '../../../market/units.ts'
import { putItem } from '../../../tables/dynamodb.ts'
import { cutHalfHours, halfHourItems, readHalfHours } from '../../../tables/ticks/half-hours.ts'
import type { HalfHourItem } from '../../../tables/ticks/ticks-item.ts'
import type { TicksTable } from '../../../tables/ticks/ticks-table.ts'
import { openMemoryTable } from '../../drills/cut/memory-table.ts'

const OF = { issue: '7203', date: asTradingDate(20261120), hours: RULES.hoursOf(asTradingDate(20261120)) }
const EXPIRES = asEpochSeconds(4_000_000_000)
const MINUTE = 60_000_000
/** µs of the day. */
const at = (hour: number, minute: number): number => (hour * 60 + minute) * MINUTE
const bar = (time: number): Bar => ({
  time,
  open: 10_000_000,
  high: 10_010_000,
  low: 9_990_000,
  close: 10_000_000,
  volume: 300,
  turnover: 30_000_000,
})
const bars = [at(9, 0), at(9, 29), at(9, 30), at(9, 41)].map(bar)
const FINISHED = { minutes: bars, through: at(9, 42) }

async function tableOf(items: readonly HalfHourItem[]): Promise<TicksTable> {
  const table = openMemoryTable()
  for (const item of items) await putItem(table, item)
  return table
}

/** Returns what a reader of a range gets. */
function readerOf(table: TicksTable) {
  return async (from: number, to: number) => {
    const { minutes, through } = await readHalfHours(table, OF, from, to)
    return [minutes.map(({ time }) => time), through]
  }
}
const shape = (items: readonly HalfHourItem[]): unknown[] =>
  items.map(({ key, time, through, expires }) => [key, time, through, expires])

test('there is one item a half-hour, and the last ends with the last finished minute', () => {
  assert.deepEqual(shape(halfHourItems(OF, at(9, 0), FINISHED, EXPIRES)), [
    ['7203#20261120#minutes', '032400000000', at(9, 30), EXPIRES],
    ['7203#20261120#minutes', '034200000000', at(9, 42), EXPIRES],
  ])
  // From the middle of a half-hour on, the item of this half-hour is written again as a whole.
  assert.deepEqual(
    halfHourItems(OF, at(9, 35), FINISHED, EXPIRES).map(({ time }) => time),
    ['034200000000'],
  )
  assert.deepEqual(halfHourItems(OF, at(9, 30), { minutes: [], through: at(9, 30) }, EXPIRES), [])
})

test('the half-hour before the lunch break ends with the start of the afternoon', () => {
  const finished = { minutes: [bar(at(11, 29)), bar(at(12, 30))], through: at(12, 31) }
  assert.deepEqual(
    halfHourItems(OF, at(11, 0), finished, EXPIRES).map(({ time, through }) => [time, through]),
    [
      ['039600000000', at(12, 30)],
      ['045000000000', at(12, 31)],
    ],
  )
})

test('a reader gets the minutes from the half-hour of its start to that of its end', async () => {
  const read = readerOf(await tableOf(halfHourItems(OF, at(9, 0), FINISHED, EXPIRES)))
  assert.deepEqual(await read(at(9, 0), at(15, 0)), [[at(9, 0), at(9, 29), at(9, 30), at(9, 41)], at(9, 42)])
  assert.deepEqual(await read(at(9, 10), at(9, 20)), [[at(9, 0), at(9, 29)], at(9, 30)])
  assert.deepEqual(await read(at(9, 45), at(15, 0)), [[at(9, 30), at(9, 41)], at(9, 42)])
  assert.deepEqual(await read(at(10, 15), at(15, 0)), [[], at(10, 0)])
})

test('half-hours count up to the first that is missing or has an unfinished minute', async () => {
  const [first, second] = halfHourItems(OF, at(9, 0), FINISHED, EXPIRES)
  const [third] = halfHourItems(OF, at(10, 0), { minutes: [bar(at(10, 1))], through: at(10, 2) }, EXPIRES)
  const isWhole = { minutes: bars, through: at(10, 0) }
  const [, whole] = halfHourItems(OF, at(9, 0), isWhole, EXPIRES)
  assert.deepEqual(await readerOf(await tableOf([second!, third!]))(at(9, 0), at(15, 0)), [[], at(9, 0)])
  assert.deepEqual(await readerOf(await tableOf([first!, third!]))(at(9, 0), at(15, 0)), [
    [at(9, 0), at(9, 29)],
    at(9, 30),
  ])
  assert.deepEqual(
    ((await readerOf(await tableOf([first!, second!, third!]))(at(9, 0), at(15, 0))) as unknown[])[1],
    at(9, 42),
  )
  assert.deepEqual(
    ((await readerOf(await tableOf([first!, whole!, third!]))(at(9, 0), at(15, 0))) as unknown[])[1],
    at(10, 2),
  )
})

test('a cut leaves the minutes before it, in every half-hour from there on', async () => {
  const table = await tableOf(halfHourItems(OF, at(9, 0), FINISHED, EXPIRES))
  const cut = await cutHalfHours(table, OF, at(9, 29), EXPIRES)
  assert.deepEqual(shape(cut), [
    ['7203#20261120#minutes', '032400000000', at(9, 29), EXPIRES],
    ['7203#20261120#minutes', '034200000000', at(9, 30), EXPIRES],
  ])
  for (const item of cut) await putItem(table, item)
  const read = readerOf(table)
  assert.deepEqual(await read(at(9, 0), at(15, 0)), [[at(9, 0)], at(9, 29)])
  assert.deepEqual(await read(at(9, 30), at(15, 0)), [[], at(9, 30)])
  assert.deepEqual(await cutHalfHours(table, OF, at(9, 29), EXPIRES), [], 'nothing is left to cut')
})

test('a cut after the last finished minute changes nothing: the minutes up to it are not finished', async () => {
  const table = await tableOf(halfHourItems(OF, at(9, 0), FINISHED, EXPIRES))
  for (const minute of [at(9, 42), at(9, 43), at(9, 59), at(10, 0)])
    assert.deepEqual(await cutHalfHours(table, OF, minute, EXPIRES), [])
  const last = await cutHalfHours(table, OF, at(9, 41), EXPIRES)
  assert.deepEqual(
    last.map(({ through }) => through),
    [at(9, 41)],
  )
})

test('a cut reaches half-hours after a gap, because a reader of a later range finds them', async () => {
  const later = halfHourItems(OF, at(10, 0), { minutes: [bar(at(10, 1))], through: at(10, 2) }, EXPIRES)
  const table = await tableOf([...halfHourItems(OF, at(9, 0), FINISHED, EXPIRES), ...later])
  for (const minute of [at(9, 50), at(10, 1)])
    assert.deepEqual(
      (await cutHalfHours(table, OF, minute, EXPIRES)).map(({ time, through }) => [time, through]),
      [['036000000000', Math.max(minute, at(10, 0))]],
    )
})
