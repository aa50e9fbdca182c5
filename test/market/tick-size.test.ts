import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ceilToTick, floorToTick, nextPriceUp, tickSize } from '../../market/tick-size.ts'
import { PRICE_SCALE } from '../../market/units.ts'
import { isOnTick } from './is-on-tick.ts'

/** 10⁻⁴ yen: up to 100 million yen. */
const price = fc.integer({ min: 1, max: 100_000_000 * PRICE_SCALE })

test('tick sizes follow the table, and a border belongs to the band below', () => {
  const expected: [yen: number, topix500: number, other: number][] = [
    [1, 0.1, 1],
    [1_000, 0.1, 1],
    [1_000.1, 0.5, 1],
    [3_000, 0.5, 1],
    [3_001, 1, 5],
    [5_000, 1, 5],
    [7_500, 1, 10],
    [10_001, 5, 10],
    [30_010, 10, 50],
    [99_000, 10, 100],
    [100_100, 50, 100],
    [400_000, 100, 500],
    [1_000_000, 100, 1_000],
    [2_000_000, 500, 1_000],
    [40_000_000, 10_000, 50_000],
    [60_000_000, 10_000, 100_000],
  ]
  for (const [yen, fine, coarse] of expected) {
    assert.equal(tickSize(yen * PRICE_SCALE, true), fine * PRICE_SCALE, `${yen} yen, TOPIX500`)
    assert.equal(tickSize(yen * PRICE_SCALE, false), coarse * PRICE_SCALE, `${yen} yen`)
  }
})

test('rounding returns a price on the grid, on the right side, less than one tick away', () => {
  fc.assert(
    fc.property(price, fc.boolean(), (value, topix500) => {
      const floor = floorToTick(value, topix500)
      const ceil = ceilToTick(value, topix500)
      assert.ok(floor <= value && value <= ceil)
      assert.ok(value - floor < tickSize(value, topix500) && ceil - value < tickSize(ceil, topix500))
      assert.ok(floor === 0 || isOnTick(floor, topix500))
      assert.ok(isOnTick(ceil, topix500))
      assert.equal(floor === ceil, isOnTick(value, topix500))
    }),
  )
})

test('the next price up is the nearest price on the grid', () => {
  fc.assert(
    fc.property(price, fc.boolean(), (value, topix500) => {
      const start = ceilToTick(value, topix500)
      const next = nextPriceUp(start, topix500)
      assert.ok(next > start && isOnTick(next, topix500))
      assert.equal(floorToTick(next - 1, topix500), start)
    }),
  )
})

test('a tick size needs a price', () => {
  assert.throws(() => tickSize(Number.NaN, true), /expected a price, got NaN/)
})
