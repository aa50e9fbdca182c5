import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { issueJson } from '../../market/issue-json.ts'
import type { IssueMaster } from '../../market/market-event.ts'
import { floorToTick } from '../../market/tick-size.ts'
import { asTradingDate, PRICE_SCALE } from '../../market/units.ts'
import { isOnTick } from './is-on-tick.ts'

const DATE = asTradingDate(20261120)
const issue = (yen: number, more: Partial<IssueMaster> = {}): IssueMaster => ({
  code: '7203',
  name: 'トヨタ自動車',
  section: 'プライム',
  unit: 100,
  basePrice: Math.round(yen * PRICE_SCALE),
  topix500: false,
  ...more,
})
const ETF = { section: 'ETF' } as const

test('an issue has its limits and its tick size at the base price, of the date of the list', () => {
  assert.deepEqual(issueJson(issue(2_998), DATE, true), {
    code: '7203',
    name: 'トヨタ自動車',
    section: 'プライム',
    unit: 100,
    date: '2026-11-20',
    basePrice: 2_998,
    // 3,498 is no multiple of 5 yen, the tick size above 3,000 yen.
    limits: { upper: 3_495, lower: 2_498, computed: true },
    tick: { table: 'other', size: 1, computed: true },
    topix500: false,
  })
  const { limits, tick } = issueJson(issue(2_998, { topix500: true }), DATE, true)
  assert.deepEqual(limits, { upper: 3_498, lower: 2_498, computed: true })
  assert.deepEqual(tick, { table: 'topix500', size: 0.5, computed: true })
})

test('funds and notes follow the table of TOPIX500; with a unit of 1 their table is not known', () => {
  for (const section of ['ETF', 'ETN', 'ETF・ETN'])
    assert.deepEqual(issueJson(issue(900, { section, unit: 10 }), DATE, true).tick, {
      table: 'topix500',
      size: 0.1,
      computed: true,
    })
  const { limits, tick } = issueJson(issue(2_998.5, { ...ETF, unit: 1 }), DATE, true)
  assert.deepEqual(limits, { upper: 3_498, lower: 2_498.5, computed: true })
  assert.equal(tick, undefined)
  assert.deepEqual(issueJson(issue(128_400, { section: 'REIT', unit: 1 }), DATE, true).tick, {
    table: 'other',
    size: 100,
    computed: true,
  })
})

test('without a base price nothing is computed from it', () => {
  const { basePrice, limits, tick } = issueJson(issue(0), DATE, true)
  assert.deepEqual([basePrice, limits, tick], [0, undefined, { table: 'other', computed: true }])
})

test('a reader that may not have base prices gets nothing that is computed from them', () => {
  for (const basePrice of [2_998, 0]) {
    const { date, topix500, ...shown } = issueJson(issue(basePrice), DATE, false)
    assert.deepEqual(shown, {
      code: '7203',
      name: 'トヨタ自動車',
      section: 'プライム',
      unit: 100,
      tick: { table: 'other', computed: true },
    })
  }
})

test('limits surround the base price, and every price of the day is a step of its table', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 99_999_999 }), fc.boolean(), (yen, topix500) => {
      const basePrice = floorToTick(yen * PRICE_SCALE, topix500)
      const { limits, tick } = issueJson({ ...issue(yen, { topix500 }), basePrice }, DATE, true)
      const [upper, lower] = [limits!.upper, limits!.lower].map(price => Math.round(price * PRICE_SCALE))
      assert.ok(lower! > 0 && lower! <= basePrice && basePrice < upper!)
      for (const price of [upper!, lower!]) assert.ok(isOnTick(price, topix500))
      assert.equal(basePrice % Math.round(tick!.size! * PRICE_SCALE), 0)
    }),
  )
})
