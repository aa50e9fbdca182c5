import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayHoursOf, HOUR, intensityAt, isContinuous, MINUTE } from '../../../local/exchange/hours.ts'
import { asTradingDate } from '../../../market/units.ts'

const hours = dayHoursOf(asTradingDate(20261120))
const at = (hour: number, minute: number): number => hour * HOUR + minute * MINUTE

test('orders are accepted from 8:00 to 11:30 and from 12:05 to the close only', () => {
  for (let time = 0; time < 24 * HOUR; time += MINUTE) {
    const taken = (time >= at(8, 0) && time < at(11, 30)) || (time >= at(12, 5) && time < at(15, 30))
    assert.equal(intensityAt(hours, time) > 0, taken, `minute ${time / MINUTE}`)
  }
})

test('the market is busiest at the opening, busy towards the close and calm between', () => {
  const [opening, morning, noon, calm, end] = [at(9, 0), at(10, 30), at(12, 30), at(13, 45), at(15, 24)].map(
    time => intensityAt(hours, time),
  )
  assert.ok(opening! > noon! && opening! > end! && noon! > calm! && end! > calm!)
  assert.ok(Math.abs(morning! - 1) < 0.1 && Math.abs(calm! - 1) < 0.1, 'a calm hour is the unit')
})

test('continuous trading ends five minutes before the close since 2024-11-05, and at the close before', () => {
  assert.ok(isContinuous(hours, at(15, 24)) && !isContinuous(hours, at(15, 25)))
  const earlier = dayHoursOf(asTradingDate(20241101))
  assert.equal(earlier.close, at(15, 0))
  assert.ok(isContinuous(earlier, at(14, 59)) && !isContinuous(earlier, at(15, 0)))
  assert.ok(!isContinuous(hours, at(12, 10)))
})
