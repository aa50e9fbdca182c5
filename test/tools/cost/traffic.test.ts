import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { POSTS_PER_SECOND } from '../../../cdk/sizing.ts'
import { LISTED_ISSUES } from '../../../tools/cost/measured.ts'
import { averageMonth, YEAR } from '../../../tools/cost/month.ts'
import { changedIn, partOf, trafficOf, type Usage } from '../../../tools/cost/traffic.ts'

const month = averageMonth(YEAR)
const BUSY: Usage = {
  connections: 1_000,
  issues: 20,
  ticks: 977_000_000,
  pace: 500,
  view: 'board',
  encoding: 'json',
}

const near = (actual: number, expected: number): void =>
  assert.ok(Math.abs(actual - expected) < 1e-3 * expected, `expected ${expected}, got ${actual}`)

test('the average month is a twelfth of the calendar, awake from 7:30 to 16:30', () => {
  assert.equal(month.tradingDates * 12, 242)
  assert.equal(month.hours * 12, 365 * 24)
  assert.equal(Math.round(month.awakeHours * 12), 242 * 9)
  assert.equal(Math.round(month.tradingHours * 12), 242 * 5.5)
})

test('all issues have all ticks, and no issues have no tick', () => {
  assert.equal(partOf(0), 0)
  assert.equal(partOf(LISTED_ISSUES), 1)
})

test('in a quarter of a second of 2,500 ticks/s about 400 issues change, as on the synthetic market', () => {
  const changed = changedIn(0.25, 2_500, LISTED_ISSUES)
  assert.ok(Math.abs(changed / (0.25 * 2_500) - 0.653) < 0.05, `got ${changed}`)
})

test('an app of busy issues gets a post a pace', () => {
  for (const [pace, posts] of [
    [500, 2_000],
    [1_000, 1_000],
    [5_000, 200],
  ] as const) {
    const traffic = trafficOf({ ...BUSY, pace }, month)
    near(traffic.posts, posts)
    near(traffic.updates, 20)
    assert.equal(traffic.stretch, 1)
  }
})

test('an app of one quiet issue gets a post a tick', () => {
  // One tick in about 200 s: the busiest issue has a hundredth of all ticks.
  const traffic = trafficOf({ ...BUSY, connections: 1, issues: 1, ticks: 200_000 }, month)
  assert.ok(Math.abs(traffic.posts / ((0.01 * 200_000) / (month.tradingHours * 3600)) - 1) < 0.01)
  assert.equal(traffic.updates, 1)
})

test('above the budget all paces are longer, and the posts carry the same changes', () => {
  const traffic = trafficOf({ ...BUSY, connections: 100_000, pace: 1_000 }, month)
  near(traffic.posts, POSTS_PER_SECOND)
  near(traffic.stretch, 100_000 / POSTS_PER_SECOND)
  near(traffic.updates, 20)
})

test('view quote has fewer updates in fewer bytes', () => {
  const board = trafficOf({ ...BUSY, issues: 200, pace: 100 }, month)
  const quote = trafficOf({ ...BUSY, issues: 200, pace: 100, view: 'quote' }, month)
  assert.ok(quote.updates < board.updates)
  assert.ok(quote.bytesAPost / quote.updates < board.bytesAPost / board.updates)
})

test('the groups of boards, 302 write units, go to the boards table every seven seconds', () => {
  near(trafficOf(BUSY, month).boardWrites, 302 / 7)
  // With a tick in a hundred seconds each tick rewrites one of 96 groups.
  near(trafficOf({ ...BUSY, ticks: 0.01 * month.tradingHours * 3600 }, month).boardWrites, (0.01 * 302) / 96)
})

test('broadcast sends up to 250 posts a round itself', () => {
  // 1,000 posts a second of 1/9,900 s each make a round of 0.1 s longer: 0.1 / (1 - 1,000 / 9,900).
  const calm = trafficOf({ ...BUSY, pace: 1_000 }, month)
  near(calm.round, 0.1 / (1 - 1_000 / 9_900))
  assert.equal(calm.pushes, 0)
  // 2,000 posts a second would be 250.6 in such a round. So each round waits for a push of 250 posts, and has two.
  const busy = trafficOf(BUSY, month)
  near(busy.round, 0.1 + 250 / 9_900)
  near(busy.pushes, 2 / busy.round)
})

test('compressing takes CPU time of the round: 10 µs a post and 17 ns a byte', () => {
  const { round, bytesAPost } = trafficOf({ ...BUSY, pace: 1_000, encoding: 'deflate-1' }, month)
  near(round, 0.1 / (1 - 1_000 * (1 / 9_900 + 10e-6 + bytesAPost * 17e-9)))
})

test('an app gets at most one post a tick of its issues and one a pace, all apps at most the budget', () => {
  fc.assert(
    fc.property(
      fc.record({
        connections: fc.nat(100_000),
        issues: fc.nat(200),
        ticks: fc.nat(4_000_000_000),
        pace: fc.integer({ min: 100, max: 5_000 }),
        view: fc.constantFrom('board' as const, 'quote' as const),
        encoding: fc.constantFrom('json' as const, 'deflate-1' as const),
      }),
      usage => {
        const { connections, issues } = usage
        const traffic = trafficOf(usage, month)
        const held = connections * partOf(issues) * traffic.ticksPerSecond
        assert.ok(traffic.posts <= POSTS_PER_SECOND)
        assert.ok(traffic.posts <= ((connections * 1000) / usage.pace) * (1 + 1e-9))
        assert.ok(traffic.posts <= held * (1 + 1e-9))
        assert.ok(traffic.pushes <= traffic.posts * (1 + 1e-9))
        assert.ok(traffic.updates <= issues * (1 + 1e-9))
        assert.ok(traffic.posts * traffic.updates <= held * (1 + 1e-9))
        assert.equal(traffic.bytesAPost > 0, traffic.posts > 0)
        assert.ok(traffic.sentBytesAPost <= traffic.bytesAPost)
        assert.ok(traffic.stretch >= 1)
      },
    ),
    { numRuns: 300 },
  )
})
