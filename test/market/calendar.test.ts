import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { hoursOf, isTradingDate, latestTradingDate, nextTradingDate } from '../../market/calendar.ts'
import { PHASES } from '../../market/market-event.ts'
import { DAY_MICROSECONDS, dateOf, momentOf } from '../../market/moment.ts'
import { phaseAt, phasesOf } from '../../market/phase.ts'
import { addMicros, asEpochMicros, asTradingDate, type DayMicros } from '../../market/units.ts'

const FRIDAY = asTradingDate(20261120)
/** A date before the closing auction was introduced. */
const OLD_DATE = asTradingDate(20241101)
const at = (hours: number, minutes: number, seconds = 0): DayMicros =>
  ((hours * 60 + minutes) * 60 + seconds) * 1_000_000

/** Market times of the years 2015 to 2040. */
const moments = fc
  .integer({ min: momentOf(asTradingDate(20150101), 0), max: momentOf(asTradingDate(20401231), 0) })
  .map(asEpochMicros)

test('known trading dates and closed dates are told apart', () => {
  const trading = [20241105, 20241230, 20250106, 20251230, 20260105, 20261120, 20261124, 20210721].map(
    asTradingDate,
  )
  const closed = [
    20241104, // substitute holiday
    20241231,
    20250101,
    20250102,
    20250103,
    20250506, // substitute holiday after Golden Week
    20260922, // day between two holidays
    20261121, // Saturday
    20261122, // Sunday
    20261123, // Labour Thanksgiving
    20190501, // accession
    20191022, // enthronement
    20210723, // Sports Day moved for the Olympics
  ].map(asTradingDate)
  for (const date of trading) assert.equal(isTradingDate(date), true, String(date))
  for (const date of closed) assert.equal(isTradingDate(date), false, String(date))
})

test('2026 has as many trading dates as weekdays that are not closed', () => {
  let count = 0
  for (let m = momentOf(asTradingDate(20260101), 0); dateOf(m) < 20270101; m = addMicros(m, DAY_MICROSECONDS))
    if (isTradingDate(dateOf(m))) count++
  assert.equal(count, weekdaysWithoutHolidays2026())
})

/** Returns the 261 weekdays of 2026 less the closed weekdays, taken from the government's list of holidays. */
function weekdaysWithoutHolidays2026(): number {
  const closedWeekdays = [
    '01-01',
    '01-02',
    '01-12',
    '02-11',
    '02-23',
    '03-20',
    '04-29',
    '05-04',
    '05-05',
    '05-06',
    '07-20',
    '08-11',
    '09-21',
    '09-22',
    '09-23',
    '10-12',
    '11-03',
    '11-23',
    '12-31',
  ]
  return 261 - closedWeekdays.length
}

test('a one-off closure closes that date alone', () => {
  const closed = asTradingDate(20201001)
  const closures = new Set([closed])
  assert.equal(isTradingDate(closed, closures), false)
  assert.equal(isTradingDate(asTradingDate(20201002), closures), true)
  assert.equal(latestTradingDate(momentOf(closed, at(10, 0)), closures), 20200930)
  assert.equal(phaseAt(momentOf(closed, at(10, 0)), closures), 'closed')
})

test('a trading date is found up to 366 days before or after a date', () => {
  /** The `count` days up to the Friday. */
  const closed = (count: number) =>
    new Set(
      Array.from({ length: count }, (_, back) =>
        dateOf(addMicros(momentOf(FRIDAY, 0), -back * DAY_MICROSECONDS)),
      ),
    )
  // Wednesday 2025-11-19 is 366 days before Friday 2026-11-20.
  const before = asTradingDate(20251119)
  assert.equal(latestTradingDate(momentOf(FRIDAY, 0), closed(366)), before)
  assert.throws(() => latestTradingDate(momentOf(FRIDAY, 0), closed(367)), {
    name: 'RangeError',
    message: 'expected a trading date in the 366 days before 20261120, found none',
  })
  const allBefore = closed(366)
  allBefore.delete(FRIDAY)
  assert.equal(nextTradingDate(before, allBefore), FRIDAY)
  assert.throws(() => nextTradingDate(before, closed(366)), {
    name: 'RangeError',
    message: 'expected a trading date in the 366 days after 20251119, found none',
  })
})

test('the holiday list has the years 1970 to 2050', () => {
  // A Monday, and a Friday.
  for (const date of [19700105, 20501230]) assert.equal(isTradingDate(asTradingDate(date)), true)
})

test('a year outside the holiday list and an impossible date are refused', () => {
  for (const date of [19691231, 20510101, 20260230, 20261301, 0])
    assert.throws(() => isTradingDate(asTradingDate(date)), {
      name: 'RangeError',
      message: new RegExp(String(date)),
    })
})

test('the trading hours changed on 2024-11-05', () => {
  assert.equal(hoursOf(OLD_DATE).afternoon.end, at(15, 0))
  assert.equal(hoursOf(asTradingDate(20241105)).afternoon.end, at(15, 30))
  assert.equal(hoursOf(asTradingDate(20241105)).closing, at(15, 25))
})

test('the phases of a date start at the known times', () => {
  const expected = [
    [at(0, 0), 'closed'],
    [at(7, 30), 'warm-up'],
    [at(8, 0), 'order-acceptance'],
    [at(9, 0), 'morning'],
    [at(11, 30), 'lunch'],
    [at(12, 30), 'afternoon'],
    [at(15, 25), 'closing'],
    [at(15, 30), 'wind-down'],
    [at(16, 30), 'closed'],
  ] as const
  for (const [index, [time, phase]] of expected.entries()) {
    assert.equal(phaseAt(momentOf(FRIDAY, time)), phase)
    if (index > 0) assert.equal(phaseAt(addMicros(momentOf(FRIDAY, time), -1)), expected[index - 1]?.[1])
  }
  assert.equal(phaseAt(momentOf(asTradingDate(20261123), at(10, 0))), 'closed')
})

test('a date with a closing auction has all phases in their order, and ends closed', () => {
  const phases = phasesOf(FRIDAY).map(({ phase }) => phase)
  assert.deepEqual(phases, [...PHASES, 'closed'])
})

test('dates before the closing auction was introduced have no closing phase', () => {
  assert.equal(phaseAt(momentOf(OLD_DATE, at(14, 59, 59))), 'afternoon')
  assert.equal(phaseAt(momentOf(OLD_DATE, at(15, 0))), 'wind-down')
  assert.deepEqual(phasesOf(OLD_DATE), [
    { phase: 'closed', time: at(0, 0) },
    { phase: 'warm-up', time: at(7, 30) },
    { phase: 'order-acceptance', time: at(8, 0) },
    { phase: 'morning', time: at(9, 0) },
    { phase: 'lunch', time: at(11, 30) },
    { phase: 'afternoon', time: at(12, 30) },
    { phase: 'wind-down', time: at(15, 0) },
    { phase: 'closed', time: at(16, 0) },
  ])
})

test('the latest trading date is today, or the last trading date before a closed day', () => {
  fc.assert(
    fc.property(moments, moment => {
      const today = dateOf(moment)
      const latest = latestTradingDate(moment)
      assert.ok(isTradingDate(latest) && latest <= today)
      assert.equal(latest === today, isTradingDate(today))
      assert.ok(latest === today || nextTradingDate(latest) > today)
    }),
  )
})

test('the next trading date and the latest trading date are inverse', () => {
  fc.assert(
    fc.property(moments, moment => {
      const next = nextTradingDate(dateOf(moment))
      assert.ok(next > dateOf(moment))
      assert.equal(latestTradingDate(addMicros(momentOf(next, 0), -1)), latestTradingDate(moment))
    }),
  )
})

test('every trading date has its phases in order', () => {
  fc.assert(
    fc.property(moments, moment => {
      const date = latestTradingDate(moment)
      const seen = phasesOf(date)
      const order = seen.slice(1, -1).map(start => PHASES.indexOf(start.phase))
      assert.deepEqual(
        order,
        order.toSorted((a, b) => a - b),
      )
      for (const { phase, time } of seen) assert.equal(phaseAt(momentOf(date, time)), phase)
    }),
  )
})
