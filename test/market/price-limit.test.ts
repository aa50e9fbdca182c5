import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { dailyLimit, priceLimits, renewalRange } from '../../market/price-limit.ts'
import { floorToTick, tickSize } from '../../market/tick-size.ts'
import { PRICE_SCALE } from '../../market/units.ts'
import { isOnTick } from './is-on-tick.ts'

const yen = (value: number): number => Math.round(value * PRICE_SCALE)

test('daily limits follow the table, and a border belongs to the band above', () => {
  const expected: [base: number, limit: number][] = [
    [1, 30],
    [99.9, 30],
    [100, 50],
    [499, 80],
    [500, 100],
    [1_000, 300],
    [2_183, 500],
    [9_990, 1_500],
    [52_730, 10_000],
    [128_400, 30_000],
    [19_999_999, 4_000_000],
    [20_000_000, 5_000_000],
    [30_000_000, 7_000_000],
    [49_999_999, 7_000_000],
    [50_000_000, 10_000_000],
  ]
  for (const [base, limit] of expected) assert.equal(dailyLimit(yen(base)), yen(limit), `${base} yen`)
})

test('a base price that is no price is refused', () => {
  for (const base of [0, -1, Number.NaN]) {
    assert.throws(() => dailyLimit(yen(base)), /expected a base price above 0, got/)
  }
})

test('limits are on the tick grid, on both sides of the base price, and at least one tick', () => {
  fc.assert(
    fc.property(fc.integer({ min: yen(1), max: yen(19_999_999) }), fc.boolean(), (price, topix500) => {
      const base = floorToTick(price, topix500)
      const { lower, upper } = priceLimits(base, topix500)
      assert.ok(isOnTick(lower, topix500) && isOnTick(upper, topix500))
      assert.ok(lower <= base && base < upper && lower >= tickSize(lower, topix500))
      const limit = dailyLimit(base)
      assert.ok(base - lower <= limit && upper - base <= limit)
      assert.ok(
        upper - base > limit - tickSize(upper + 1, topix500),
        'no price of the grid is left out above',
      )
    }),
  )
})

test('a price of 1 yen cannot fall, and can rise by 30 yen', () => {
  assert.deepEqual(priceLimits(yen(1), false), { lower: yen(1), upper: yen(31) })
})

test('the renewal range is a tenth of the limit, and 5 yen below 100 yen', () => {
  assert.equal(renewalRange(yen(80)), yen(5))
  assert.equal(renewalRange(yen(150)), yen(5))
  assert.equal(renewalRange(yen(2_183)), yen(50))
  // The table goes by the last price, not by the base price of the day.
  assert.deepEqual([renewalRange(yen(990)), renewalRange(yen(1_050))], [yen(15), yen(30)])
})
