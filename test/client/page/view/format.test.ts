import assert from 'node:assert/strict'
import { it } from 'node:test'
import {
  dateWithWeekday,
  decimalsOf,
  direction,
  listQuantity,
  listTurnover,
  minuteOf,
  NOTHING,
  price,
  quantity,
  shortQuantity,
  signed,
  timeOf,
  turnover,
} from '../../../../client/page/view/format.ts'
import { asTradingDate } from '../../../../market/units.ts'

it('price formats with the decimals of the issue, and an unknown price as a dash', () => {
  assert.equal(price(2183, 1), '2,183.0')
  assert.equal(price(2183, 0), '2,183')
  assert.equal(price(undefined, 1), NOTHING)
  assert.equal(quantity(0), '0')
  assert.equal(quantity(undefined), NOTHING)
})

it('decimalsOf returns 1 if any price has a decimal', () => {
  assert.equal(decimalsOf([2183, undefined, 2184]), 0)
  assert.equal(decimalsOf([2183, 2183.5]), 1)
})

it('signed formats a difference with its sign', () => {
  assert.deepEqual([signed(4.5, 1), signed(-3, 0), signed(0, 0)], ['+4.5', '−3', '±0'])
})

it('shortQuantity shortens large quantities', () => {
  assert.deepEqual(
    [
      shortQuantity(9_999_900),
      shortQuantity(63_272_530),
      shortQuantity(5_322_518_200),
      shortQuantity(undefined),
    ],
    ['9,999,900', '6,327万', '53.23億', NOTHING],
  )
})

it('a list has all digits up to six, then 万 and 億, and no unit', () => {
  assert.deepEqual([999_999, 1_047_300, 9_999_900, 21_870_000, 150_000_000, undefined].map(listQuantity), [
    '999,999',
    '104.7万',
    '1,000.0万',
    '2,187万',
    '1.50億',
    NOTHING,
  ])
  assert.deepEqual(
    [listTurnover(17_723_000_000), listTurnover(9_500), listTurnover(undefined)],
    ['177.2億', '9,500', NOTHING],
  )
})

it('turnover formats amounts in 万 and 億', () => {
  assert.deepEqual(
    [
      turnover(9_500),
      turnover(12_340_000),
      turnover(17_723_000_000),
      turnover(123_456_700_000),
      turnover(undefined),
    ],
    ['9,500円', '1,234万円', '177.2億円', '1,235億円', NOTHING],
  )
})

it('amounts change their unit from exactly 10,000,000 and 100,000,000 shares, and 万 and 億 of yen', () => {
  assert.deepEqual([999, 1_000, 9_999_999, 10_000_000, 99_990_000, 100_000_000].map(shortQuantity), [
    '999',
    '1,000',
    '9,999,999',
    '1,000万',
    '9,999万',
    '1.00億',
  ])
  assert.deepEqual([9_999, 10_000, 99_990_000, 100_000_000, 99_990_000_000, 100_000_000_000].map(turnover), [
    '9,999円',
    '1万円',
    '9,999万円',
    '1.0億円',
    '999.9億円',
    '1,000億円',
  ])
})

it('an unknown time is a dash, or nothing', () => {
  assert.deepEqual([timeOf(undefined), minuteOf(undefined)], [NOTHING, ''])
})

it('a date has two digits of month and day, and the weekday', () => {
  const dates = [20270103, 20270104, 20270105, 20270106, 20270107, 20270108, 20270109]
  assert.deepEqual(
    dates.map(date => dateWithWeekday(asTradingDate(date))),
    ['日', '月', '火', '水', '木', '金', '土'].map((day, index) => `2027-01-0${index + 3} (${day})`),
  )
})

it('formats times and dates of Tokyo', () => {
  assert.equal(timeOf('2026-11-20T09:00:00.063886+09:00'), '09:00:00')
  assert.equal(minuteOf('2026-11-20T09:00:00.063886+09:00'), '09:00')
  assert.equal(dateWithWeekday(asTradingDate(20261120)), '2026-11-20 (金)')
})

it('direction compares a price with its base', () => {
  assert.deepEqual(
    [direction(3, 2), direction(1, 2), direction(2, 2), direction(undefined, 2), direction(2, undefined)],
    ['up', 'down', 'same', 'same', 'same'],
  )
})
