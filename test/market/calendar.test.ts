import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { hoursOf, isTradingDate, latestTradingDate, nextTradingDate } from '../../market/calendar.ts'
import { PHASES } from '../../market/market-event.ts'
import { DAY_MICROSECONDS, dateOf, momentOf } from '../../market/moment.ts'
import { phaseAt, phasesOf } from '../../market/phase.ts'
import { addMicros, asEpochMicros, asTradingDate } from '../../market/units.ts'

const at = (hours: number, minutes: number, seconds = 0): number =>
  ((hours * 60 + minutes) * 60 + seconds) * 1_000_000

/** Market times from 2015 to the end of 2040. */
const moments = fc
  .integer({ min: momentOf(asTradingDate(20150101), 0), max: momentOf(asTradingDate(20401231), 0) })
  .map(asEpochMicros)

test('known dates trade or do not', () => {
  const trading = [20241105, 20241230, 20250106, 20251230, 20260105, 20261120, 20261124, 20210721]
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
  ]
  for (const date of trading) assert.equal(isTradingDate(asTradingDate(date)), true, String(date))
  for (const date of closed) assert.equal(isTradingDate(asTradingDate(date)), false, String(date))
})

test('2026 has the trading dates that weekends, holidays and the turn of the year leave', () => {
  let count = 0
  for (let m = momentOf(asTradingDate(20260101), 0); dateOf(m) < 20270101; m = addMicros(m, DAY_MICROSECONDS))
    if (isTradingDate(dateOf(m))) count++
  assert.equal(count, weekdaysWithoutHolidays2026())
})

/** Weekdays of 2026 (261) less those on which the exchange is closed, counted from the government's list. */
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
  const closures = new Set([asTradingDate(20201001)])
  assert.equal(isTradingDate(asTradingDate(20201001), closures), false)
  assert.equal(isTradingDate(asTradingDate(20201002), closures), true)
  assert.equal(latestTradingDate(momentOf(asTradingDate(20201001), at(10, 0)), closures), 20200930)
  assert.equal(phaseAt(momentOf(asTradingDate(20201001), at(10, 0)), closures), 'closed')
})

test('a date outside the holiday list or none at all is refused', () => {
  for (const date of [19691231, 20510101, 20260230, 20261301, 0])
    assert.throws(() => isTradingDate(asTradingDate(date)), {
      name: 'RangeError',
      message: new RegExp(String(date)),
    })
})

test('hours changed on 2024-11-05', () => {
  assert.equal(hoursOf(asTradingDate(20241101)).afternoon.end, at(15, 0))
  assert.equal(hoursOf(asTradingDate(20241105)).afternoon.end, at(15, 30))
  assert.equal(hoursOf(asTradingDate(20241105)).closing, at(15, 25))
})

test('the phases of a date stand at the known times', () => {
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
    assert.equal(phaseAt(momentOf(asTradingDate(20261120), time)), phase)
    if (index > 0)
      assert.equal(phaseAt(addMicros(momentOf(asTradingDate(20261120), time), -1)), expected[index - 1]?.[1])
  }
  assert.equal(phaseAt(momentOf(asTradingDate(20261123), at(10, 0))), 'closed')
})

test('before the closing auction there was no closing phase', () => {
  assert.equal(phaseAt(momentOf(asTradingDate(20241101), at(14, 59, 59))), 'afternoon')
  assert.equal(phaseAt(momentOf(asTradingDate(20241101), at(15, 0))), 'wind-down')
  assert.ok(!phasesOf(asTradingDate(20241101)).some(start => start.phase === 'closing'))
})

test('the latest trading date is a trading date, none is later, and it is the day itself when that trades', () => {
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

test('next and latest trading date are each other’s inverse', () => {
  fc.assert(
    fc.property(moments, moment => {
      const next = nextTradingDate(dateOf(moment))
      assert.ok(next > dateOf(moment))
      assert.equal(latestTradingDate(addMicros(momentOf(next, 0), -1)), latestTradingDate(moment))
    }),
  )
})

test('phases follow one another in their order on every trading date', () => {
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
