import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  barEnd,
  barStart,
  firstTradeTime,
  INTERVALS,
  lastTradeTime,
  nextBarStart,
} from '../../market/bar-times.ts'
import { RULES } from '../../market/calendar/calendar.ts'
import { morningEnd } from '../../market/day-prices.ts'
import { DAY_MICROSECONDS, isoTime } from '../../market/moment.ts'
import { asTradingDate, type TradingDate } from '../../market/units.ts'
import { hoursArbitrary } from './calendar/random-calendar.ts'

const DATE = asTradingDate(20261120)
const at = (hours: number, minutes: number, microseconds = 0): number =>
  (hours * 60 + minutes) * 60_000_000 + microseconds

test('no bar spans two sessions', () => {
  const expected: [number, number, number][] = [
    [DATE, at(8, 59, 59_999_999), at(9, 0)],
    [DATE, at(9, 0, 63_886), at(9, 0)],
    [DATE, at(11, 29, 59_000_000), at(11, 29)],
    [DATE, at(11, 30, 1_234), at(11, 29)],
    [DATE, at(12, 30, 1_234), at(12, 30)],
    [DATE, at(15, 24, 59_999_999), at(15, 24)],
    [DATE, at(15, 30, 2_000), at(15, 29)],
    [20241101, at(15, 0, 2_000), at(14, 59)],
  ]
  for (const [date, time, minute] of expected)
    assert.equal(
      barStart(RULES.hoursOf(asTradingDate(date)), time),
      minute,
      isoTime(asTradingDate(date), time),
    )
})

test('bars count from the start of their session and end with it', () => {
  const { '5m': five, '15m': quarter, '1h': hour } = INTERVALS
  const starts = (date: TradingDate, length: number, ...times: number[]) =>
    times.map(time => barStart(RULES.hoursOf(date), time, length))
  assert.deepEqual(
    starts(
      DATE,
      hour,
      at(9, 0),
      at(10, 59),
      at(11, 0),
      at(11, 30, 5),
      at(12, 30),
      at(13, 29),
      at(14, 30),
      at(15, 30, 7),
    ),
    [at(9, 0), at(10, 0), at(11, 0), at(11, 0), at(12, 30), at(12, 30), at(14, 30), at(14, 30)],
  )
  assert.deepEqual(starts(DATE, quarter, at(11, 29), at(12, 44), at(15, 30)), [
    at(11, 15),
    at(12, 30),
    at(15, 15),
  ])
  assert.deepEqual(starts(asTradingDate(20241101), five, at(14, 59), at(15, 0, 3)), [at(14, 55), at(14, 55)])
  assert.deepEqual(
    [at(11, 0), at(14, 30)].map(start => barEnd(RULES.hoursOf(DATE), start, hour)),
    [at(11, 30), at(15, 30)],
  )
})

test('the times of the trades of consecutive bars have no gap', () => {
  for (const length of Object.values(INTERVALS)) {
    let next = 0
    while (next < DAY_MICROSECONDS) {
      const start = barStart(RULES.hoursOf(DATE), Math.max(next, at(9, 0)), length)
      assert.equal(firstTradeTime(RULES.hoursOf(DATE), start), next)
      const last = lastTradeTime(RULES.hoursOf(DATE), start, length)
      for (const time of [next, last]) assert.equal(barStart(RULES.hoursOf(DATE), time, length), start)
      next = last + 1
    }
  }
})

test('the last bar of the day has the trades up to the end of the date', () => {
  for (const length of Object.values(INTERVALS)) {
    const last = barStart(RULES.hoursOf(DATE), DAY_MICROSECONDS - 1, length)
    assert.equal(lastTradeTime(RULES.hoursOf(DATE), last, length), 86_399_999_999)
  }
})

test('the bar after the last bar of the morning is the first bar of the afternoon', () => {
  const { '1m': minute, '1h': hour } = INTERVALS
  assert.deepEqual(
    [at(9, 0), at(11, 28), at(11, 29), at(12, 30), at(15, 28), at(15, 29)].map(start =>
      nextBarStart(RULES.hoursOf(DATE), start, minute),
    ),
    [at(9, 1), at(11, 29), at(12, 30), at(12, 31), at(15, 29), at(15, 30)],
  )
  assert.deepEqual(
    [at(10, 0), at(11, 0), at(14, 30)].map(start => nextBarStart(RULES.hoursOf(DATE), start, hour)),
    [at(11, 0), at(12, 30), at(15, 30)],
  )
})

test('on a date without an afternoon, all trades belong to the morning', () => {
  const noon = { start: at(11, 30), end: at(11, 30) }
  const half = { ...RULES.hoursOf(DATE), afternoon: noon, closing: at(11, 30) }
  assert.deepEqual(
    [at(8, 59), at(11, 29), at(11, 30), at(11, 30, 2_000), at(12, 45)].map(time => barStart(half, time)),
    [at(9, 0), at(11, 29), at(11, 29), at(11, 29), at(11, 29)],
  )
  assert.equal(lastTradeTime(half, at(11, 0), INTERVALS['1h']), DAY_MICROSECONDS - 1)
  assert.equal(nextBarStart(half, at(11, 29), INTERVALS['1m']), at(11, 30))
  assert.equal(morningEnd(half), DAY_MICROSECONDS - 1)
})

test('on a date that opens at noon, the first bar has the trades from midnight on', () => {
  const late = { ...RULES.hoursOf(DATE), morning: { start: at(12, 30), end: at(12, 30) } }
  assert.deepEqual(
    [at(12, 0), at(12, 30), at(12, 31, 5), at(15, 30, 1)].map(time => barStart(late, time)),
    [at(12, 30), at(12, 30), at(12, 31), at(15, 29)],
  )
  assert.equal(firstTradeTime(late, at(12, 30)), 0)
  assert.equal(barEnd(late, at(12, 30), INTERVALS['1h']), at(13, 30))
})

test('the times of the trades of consecutive bars have no gap, whatever the hours', () => {
  fc.assert(
    fc.property(hoursArbitrary, fc.constantFrom(...Object.values(INTERVALS)), (hours, length) => {
      let next = 0
      let start = barStart(hours, 0, length)
      while (next < DAY_MICROSECONDS) {
        assert.equal(firstTradeTime(hours, start), next)
        const last = lastTradeTime(hours, start, length)
        for (const time of [next, last]) assert.equal(barStart(hours, time, length), start)
        next = last + 1
        start = nextBarStart(hours, start, length)
      }
      assert.equal(start, hours.afternoon.end)
    }),
  )
})
