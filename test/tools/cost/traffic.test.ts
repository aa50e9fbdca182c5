import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { LISTED_ISSUES } from '../../../tools/cost/measured.ts'
import { averageMonth, YEAR } from '../../../tools/cost/month.ts'
import { changedIn, partOf, REQUESTS_QUOTA, trafficOf } from '../../../tools/cost/traffic.ts'

const month = averageMonth(YEAR)

test('the average month is a twelfth of the calendar, awake from 7:30 to 16:30', () => {
  assert.equal(month.tradingDates * 12, 242)
  assert.equal(month.hours * 12, 365 * 24)
  assert.equal(Math.round(month.awakeHours * 12), 242 * 9)
  assert.equal(Math.round(month.tradingHours * 12), 242 * 5.5)
  assert.equal(Math.round(month.shardHours * 12), 365 * 24 + 242 * 9)
})

test('all issues have all ticks, and no issues have no tick', () => {
  assert.equal(partOf(0), 0)
  assert.equal(partOf(LISTED_ISSUES), 1)
})

test('in a quarter of a second of 2,500 ticks/s about 400 issues change, as on the synthetic market', () => {
  const changed = changedIn(0.25, 2_500, LISTED_ISSUES)
  assert.ok(Math.abs(changed / (0.25 * 2_500) - 0.653) < 0.05, `got ${changed}`)
})

test('an app gets at most one post a tick of its issues, and all apps at most the quota', () => {
  fc.assert(
    fc.property(fc.nat(100_000), fc.nat(200), fc.nat(4_000_000_000), (connections, issues, ticks) => {
      const traffic = trafficOf({ connections, issues, ticks }, month)
      const held = partOf(issues) * traffic.ticksPerSecond
      assert.ok(traffic.posts <= REQUESTS_QUOTA)
      assert.ok(traffic.posts <= connections * held * (1 + 1e-9))
      assert.ok(traffic.updates <= issues * (1 + 1e-9))
      assert.ok(traffic.posts * traffic.updates <= connections * held * (1 + 1e-9))
      assert.equal(traffic.bytesAPost > 0, traffic.posts > 0)
    }),
    { numRuns: 300 },
  )
})
