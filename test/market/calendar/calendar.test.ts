import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Calendar, RULES } from '../../../market/calendar/calendar.ts'
import type { CalendarException } from '../../../market/calendar/exceptions.ts'
import { DAY_MICROSECONDS, dateOf, momentOf } from '../../../market/moment.ts'
import { addMicros, asEpochMicros, asTradingDate, type DayMicros } from '../../../market/units.ts'

const FRIDAY = asTradingDate(20261120)
const MONDAY = asTradingDate(20261123)
const TUESDAY = asTradingDate(20261124)
const at = (hours: number, minutes: number): DayMicros => (hours * 60 + minutes) * 60_000_000
const NOTE = 'a test'
const closedOn = (...dates: number[]): CalendarException[] =>
  dates.map(date => ({ kind: 'closed', date: asTradingDate(date), note: NOTE }))

/** Market times of the years 2015 to 2049. */
const moments = fc
  .integer({ min: momentOf(asTradingDate(20150101), 0), max: momentOf(asTradingDate(20491231), 0) })
  .map(asEpochMicros)

/**
 * Weekdays on which the exchange is closed, as MMDD, from the government's lists of holidays (内閣府「国民の祝日」について)
 * and the year end.
 */
const CLOSED_WEEKDAYS: Readonly<Record<number, readonly number[]>> = {
  2015: [101, 102, 112, 211, 429, 504, 505, 506, 720, 921, 922, 923, 1012, 1103, 1123, 1223, 1231],
  2019: [
    101, 102, 103, 114, 211, 321, 429, 430, 501, 502, 503, 506, 715, 812, 916, 923, 1014, 1022, 1104, 1231,
  ],
  // The Sports Day of 2020 moved to July 24, and the exchange had an all-day halt on October 1.
  2020: [
    101, 102, 103, 113, 211, 224, 320, 429, 504, 505, 506, 723, 724, 810, 921, 922, 1001, 1103, 1123, 1231,
  ],
  2021: [101, 111, 211, 223, 429, 503, 504, 505, 722, 723, 809, 920, 923, 1103, 1123, 1231],
  2024: [101, 102, 103, 108, 212, 223, 320, 429, 503, 506, 715, 812, 916, 923, 1014, 1104, 1231],
  2026: [101, 102, 112, 211, 223, 320, 429, 504, 505, 506, 720, 811, 921, 922, 923, 1012, 1103, 1123, 1231],
  2027: [101, 111, 211, 223, 322, 429, 503, 504, 505, 719, 811, 920, 923, 1011, 1103, 1123, 1231],
}

/** Returns the weekdays of a year on which the exchange is closed, as MMDD. */
function closedWeekdays(year: number): number[] {
  const found: number[] = []
  for (let day = Date.UTC(year, 0, 1); day < Date.UTC(year + 1, 0, 1); day += 86_400_000) {
    const utc = new Date(day)
    const monthDay = (utc.getUTCMonth() + 1) * 100 + utc.getUTCDate()
    const isOpen = RULES.isTradingDate(asTradingDate(year * 10_000 + monthDay))
    if (utc.getUTCDay() % 6 === 0) assert.equal(isOpen, false, `${year} ${monthDay}`)
    else if (!isOpen) found.push(monthDay)
  }
  return found
}

for (const [year, closed] of Object.entries(CLOSED_WEEKDAYS)) {
  test(`the closed weekdays of ${year} are those of the government's list and the year end`, () =>
    assert.deepEqual(closedWeekdays(Number(year)), closed))
}

test('a day says why the exchange is closed', () => {
  const why = (date: number): unknown[] => {
    const { closedBy, name } = RULES.dayOf(asTradingDate(date))
    return [closedBy, name?.ja, name?.en]
  }
  assert.deepEqual(why(20261120), [undefined, undefined, undefined])
  assert.deepEqual(why(20261121), ['weekend', undefined, undefined])
  assert.deepEqual(why(20260503), ['weekend', '憲法記念日', 'Constitution Memorial Day'])
  assert.deepEqual(why(20261123), ['holiday', '勤労感謝の日', 'Labor Thanksgiving Day'])
  assert.deepEqual(why(20261231), ['year-end', '年末年始', 'Year-end and New Year holidays'])
  assert.deepEqual(why(20270101), ['year-end', '元日', "New Year's Day"])
  assert.equal(why(20201001)[0], 'halt')
})

test('the trading hours changed on 2024-11-05', () => {
  const times = (date: number) => {
    const { orders, morning, afternoon, closing } = RULES.hoursOf(asTradingDate(date))
    return [orders, morning.start, morning.end, afternoon.start, closing, afternoon.end]
  }
  const morning = [at(8, 0), at(9, 0), at(11, 30), at(12, 30)]
  for (const date of [20150105, 20241101, 20241104])
    assert.deepEqual(times(date), [...morning, at(15, 0), at(15, 0)])
  for (const date of [20241105, 20501230]) assert.deepEqual(times(date), [...morning, at(15, 25), at(15, 30)])
})

test('a closure closes its date alone', () => {
  const closed = asTradingDate(20261119)
  const calendar = new Calendar(closedOn(closed))
  assert.equal(calendar.isTradingDate(closed), false)
  assert.deepEqual(calendar.dayOf(closed), {
    date: closed,
    hours: undefined,
    closedBy: 'exception',
    name: undefined,
    exception: { kind: 'closed', date: closed, note: NOTE },
  })
  assert.equal(calendar.isTradingDate(asTradingDate(20261118)), true)
  assert.equal(calendar.latestTradingDate(momentOf(closed, at(10, 0))), 20261118)
  assert.equal(calendar.nextTradingDate(asTradingDate(20261118)), FRIDAY)
})

test('an additional trading date has the usual hours, or its own', () => {
  const hours = { ...RULES.hoursOf(MONDAY), orders: at(7, 0) }
  const [usual, own] = [undefined, hours].map(
    given => new Calendar([{ kind: 'open', date: MONDAY, note: NOTE, ...(given && { hours: given }) }]),
  )
  assert.deepEqual(usual!.dayOf(MONDAY).hours, RULES.hoursOf(MONDAY))
  assert.deepEqual(own!.dayOf(MONDAY).hours, hours)
  assert.equal(usual!.dayOf(MONDAY).name?.en, 'Labor Thanksgiving Day')
  assert.equal(usual!.nextTradingDate(FRIDAY), MONDAY)
  assert.equal(usual!.tradingDateBefore(TUESDAY), MONDAY)
})

test('other hours change one date, and new hours all dates from one on', () => {
  const early = { ...RULES.hoursOf(FRIDAY), orders: at(7, 0) }
  const late = { ...RULES.hoursOf(FRIDAY), orders: at(8, 30) }
  const calendar = new Calendar([
    { kind: 'new-hours', since: asTradingDate(20261201), note: NOTE, hours: late },
    { kind: 'hours', date: FRIDAY, note: NOTE, hours: early },
    { kind: 'new-hours', since: FRIDAY, note: NOTE, hours: { ...late, orders: at(8, 15) } },
  ])
  const orders = (date: number): number => calendar.hoursOf(asTradingDate(date)).orders
  assert.deepEqual([20261119, 20261120, 20261124, 20261130, 20261201, 20270104].map(orders), [
    at(8, 0),
    at(7, 0),
    at(8, 15),
    at(8, 15),
    at(8, 30),
    at(8, 30),
  ])
  assert.equal(calendar.dayOf(FRIDAY).exception?.kind, 'hours')
  assert.equal(calendar.dayOf(asTradingDate(20261201)).exception?.kind, 'new-hours')
})

test('an exception that the rules have made void does no harm', () => {
  const hours = { ...RULES.hoursOf(MONDAY), orders: at(7, 0) }
  // Monday is a holiday: a law may make a date a holiday after somebody has written an exception of it.
  const calendar = new Calendar([...closedOn(20261122), { kind: 'hours', date: MONDAY, note: NOTE, hours }])
  assert.equal(calendar.isTradingDate(MONDAY), false)
  assert.equal(calendar.dayOf(MONDAY).hours, undefined)
  assert.equal(calendar.dayOf(asTradingDate(20261122)).closedBy, 'weekend')
})

test('a trading date is found up to 366 days before or after a date', () => {
  /** Closes the `count` days up to the Friday. */
  const closed = (count: number) =>
    closedOn(
      ...Array.from({ length: count }, (_, back) =>
        dateOf(addMicros(momentOf(FRIDAY, 0), -back * DAY_MICROSECONDS)),
      ),
    )
  // Wednesday 2025-11-19 is 366 days before Friday 2026-11-20.
  const before = asTradingDate(20251119)
  assert.equal(new Calendar(closed(366)).latestTradingDate(momentOf(FRIDAY, 0)), before)
  assert.throws(() => new Calendar(closed(367)).latestTradingDate(momentOf(FRIDAY, 0)), {
    name: 'RangeError',
    message: 'expected a trading date in the 366 days before 20261120, found none',
  })
  assert.equal(new Calendar(closed(366).slice(1)).nextTradingDate(before), FRIDAY)
  assert.throws(() => new Calendar(closed(366)).nextTradingDate(before), {
    name: 'RangeError',
    message: 'expected a trading date in the 366 days after 20251119, found none',
  })
})

test('the calendar has the years 2012 to 2050', () => {
  // A Wednesday, and a Friday.
  for (const date of [20120104, 20501230]) assert.equal(RULES.isTradingDate(asTradingDate(date)), true)
  for (const date of [20111230, 20510101, 20260230, 20261301, 0])
    assert.throws(() => RULES.isTradingDate(asTradingDate(date)), {
      name: 'RangeError',
      message: new RegExp(`from 2012 to 2050, got ${date}$`),
    })
})

test('the latest trading date is today, or the last trading date before a closed day', () => {
  fc.assert(
    fc.property(moments, moment => {
      const today = dateOf(moment)
      const latest = RULES.latestTradingDate(moment)
      assert.ok(RULES.isTradingDate(latest) && latest <= today)
      assert.equal(latest === today, RULES.isTradingDate(today))
      assert.ok(latest === today || RULES.nextTradingDate(latest) > today)
    }),
  )
})

test('the next trading date and the trading date before are inverse', () => {
  fc.assert(
    fc.property(moments, moment => {
      const next = RULES.nextTradingDate(dateOf(moment))
      assert.ok(next > dateOf(moment))
      assert.equal(RULES.tradingDateBefore(next), RULES.latestTradingDate(moment))
    }),
  )
})
