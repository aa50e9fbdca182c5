import assert from 'node:assert/strict'
import { test } from 'node:test'
import { emptyBoard, F, type ScalarField } from '../../market/board.ts'
import { RULES } from '../../market/calendar/calendar.ts'
import { dayPricesOf, dayPricesToJson, morningEnd } from '../../market/day-prices.ts'
import type { Tick } from '../../market/tick.ts'
import { asTradingDate } from '../../market/units.ts'

const DATE = asTradingDate(20261120)
const at = (hours: number, minutes: number): number => (hours * 60 + minutes) * 60_000_000

function tickOf(time: number, fields: Partial<Record<ScalarField, number>>): Tick {
  const board = emptyBoard('7203')
  for (const [field, value] of Object.entries(fields)) board.values[F[field as ScalarField]] = value
  return { tradingDate: DATE, line: 1, sequence: 1, time, board }
}

const traded = (
  time: number,
  volume: number,
  [open, high, low, last]: readonly [number, number, number, number],
): Tick =>
  tickOf(time, {
    ...{ open, openTime: time, high, highTime: time, low, lowTime: time, last, lastTime: time },
    volume,
  })

test('prices of the day before on a board are not prices of the day', () => {
  const old = { open: 1, high: 3, low: 1, last: 2, closing: 1, turnover: 5, vwap: 2 }
  assert.deepEqual(dayPricesOf(tickOf(at(8, 0), { ...old, volume: 0 }), undefined), { volume: 0 })
  assert.deepEqual(dayPricesOf(tickOf(at(8, 0), old), undefined), {})
  // An issue that is first traded in the afternoon has no morning prices.
  const afternoon = traded(at(12, 30), 100, [20, 22, 18, 21])
  for (const morning of [{ ...old, volume: 0 }, old])
    assert.deepEqual(dayPricesOf(afternoon, tickOf(at(11, 30), morning)), dayPricesOf(afternoon, undefined))
})

test('the day combines the prices of morning and afternoon; on a tie the earlier price counts', () => {
  const morning = traded(at(9, 5), 100, [20, 22, 18, 21])
  const four = (...prices: [number, number, number, number]) => {
    const { open, high, low, last } = dayPricesOf(traded(at(13, 0), 200, prices), morning)
    return [open, high, low, last].map(point => [point?.price, point?.time === at(9, 5) ? 'am' : 'pm'])
  }
  const open = [20, 'am']
  assert.deepEqual(four(30, 31, 29, 30), [open, [31, 'pm'], [18, 'am'], [30, 'pm']])
  assert.deepEqual(four(10, 11, 9, 10), [open, [22, 'am'], [9, 'pm'], [10, 'pm']])
  assert.deepEqual(four(20, 22, 18, 21), [open, [22, 'am'], [18, 'am'], [21, 'pm']])
})

test('a price that only one of the two boards has is the price of the day', () => {
  const [morning, afternoon] = [
    traded(at(9, 5), 1, [20, 22, 18, 21]),
    traded(at(13, 0), 200, [30, 31, 29, 30]),
  ]
  const blank = tickOf(at(13, 0), { volume: 200 })
  const { open, high, low, last } = dayPricesOf(blank, morning)
  assert.deepEqual([open?.price, high?.price, low?.price, last], [20, 22, 18, undefined])
  const blankMorning = tickOf(at(9, 5), { volume: 1 })
  const later = dayPricesOf(afternoon, blankMorning)
  assert.deepEqual([later.open?.price, later.high?.price, later.low?.price], [30, 31, 29])
  // One share is enough for a price.
  assert.equal(dayPricesOf(afternoon, morning).open?.price, 20)
  assert.equal(dayPricesOf(morning, undefined).open?.price, 20)
})

test('limits, closing price and totals are those of the last board', () => {
  const last = tickOf(at(15, 30), {
    ...{ open: 1_000_000, high: 1_010_000, highStop: 1, low: 990_000, lowStop: 0 },
    ...{
      last: 1_000_000,
      lastTime: at(15, 30),
      closing: 1,
      volume: 300,
      turnover: 3_000_000,
      vwap: 1_000_050,
    },
  })
  assert.deepEqual(dayPricesToJson(DATE, dayPricesOf(last, undefined)), {
    open: { price: 100 },
    high: { price: 101, limit: true },
    low: { price: 99 },
    last: { price: 100, time: '2026-11-20T15:30:00.000000+09:00', closing: true },
    volume: 300,
    turnover: 30_000,
    vwap: 100.005,
  })
})

test('the morning ends when the afternoon starts', () => {
  assert.equal(morningEnd(RULES.hoursOf(DATE)), at(12, 30) - 1)
})
