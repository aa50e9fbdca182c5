import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { SimulatedCrowd } from './simulated-crowd.ts'

/** A tenth of the apps and of the budget that an account has by default. */
const APPS = 1_000
const POSTS_PER_SECOND = 800
const PACE_MS = 1_000
/** Time in which the budget finds a smaller quota (s): it falls by a fifth a second. */
const SETTLING = 20
/** Share of the quota: each second the budget rises by a twentieth, which is a fifth of a quarter. */
const MOST_REFUSED = 0.2
/** Rounds and the waits for a refused post make the longest wait longer than the mean. */
const MOST_TIMES = 2

test('only apps that do not read wait, with any share of them up to a fifth and any quota above a quarter', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 20 }),
      fc.integer({ min: 200, max: 1_200 }),
      (stalledPercent, quota) => {
        const crowd = new SimulatedCrowd({
          apps: new Map([[PACE_MS, APPS]]),
          postsPerSecond: POSTS_PER_SECOND,
        })
        crowd.run(5)
        crowd.quota = quota
        const stalled = crowd.share(stalledPercent / 100)
        crowd.stall(stalled)
        crowd.run(SETTLING)
        const { longest, taken, refused, blame, attempts } = crowd.run(20)

        // (a) The others wait at most twice their stretched pace.
        const rate = Math.min(quota, POSTS_PER_SECOND)
        const stretched = Math.max(PACE_MS, (APPS * 1_000) / rate)
        assert.ok(longest.get(PACE_MS)! <= MOST_TIMES * stretched, `${longest.get(PACE_MS)} ms`)
        // (b) The budget settles at the quota: few posts are refused, and little of the quota is not used.
        const retries = [...attempts].reduce(
          (sum, [app, posts]) => sum + (stalled.includes(app) ? posts : 0),
          0,
        )
        const byQuota = refused - retries
        assert.ok(byQuota <= MOST_REFUSED * 20 * rate, `${byQuota} posts refused by the quota`)
        assert.ok(taken + retries >= 0.9 * 20 * Math.min(rate, APPS - stalled.length), `${taken} taken`)
        if (quota >= POSTS_PER_SECOND) assert.equal(blame.gateway, 0)
        // (c) An app that does not read is tried at a bounded rate, and served soon when it reads again.
        for (const app of stalled)
          assert.ok((attempts.get(app) ?? 0) <= 20 / 2, `${attempts.get(app)} attempts`)
        crowd.quota = Number.POSITIVE_INFINITY
        crowd.read(stalled)
        crowd.run((8_000 + MOST_TIMES * stretched) / 1_000)
        for (const app of stalled) assert.ok(crowd.takenAt.has(app), app)
      },
    ),
    { numRuns: 12 },
  )
})

test('apps that stop reading for some seconds one after the other do not lower the budget', () => {
  const crowd = new SimulatedCrowd({ apps: new Map([[PACE_MS, APPS]]), postsPerSecond: POSTS_PER_SECOND })
  crowd.run(5)
  const apps = crowd.members.map(({ connection }) => connection)
  // A fifth of the apps at each moment: 20 more each second, for ten seconds.
  for (let second = 0; second < 40; second++) {
    crowd.stall(apps.slice(second * 20, (second + 1) * 20))
    crowd.read(apps.slice(Math.max(0, second - 10) * 20, Math.max(0, second - 9) * 20))
    const { longest, blame } = crowd.run(1)
    assert.ok(longest.get(PACE_MS)! <= 1_600, `${longest.get(PACE_MS)} ms`)
    assert.equal(blame.gateway, 0)
  }
})

test('slow paces wait five seconds more at most, however many faster apps there are', () => {
  for (const [slowPace, slow, fast] of [
    [5_000, 200, 800],
    [4_000, 50, 950],
    [1_000, 100, 900],
  ] as const) {
    const crowd = new SimulatedCrowd({
      apps: new Map([
        [100, fast],
        [slowPace, slow],
      ]),
      postsPerSecond: POSTS_PER_SECOND,
    })
    crowd.run(20)
    const { longest, longestStretch } = crowd.run(40)
    assert.ok(longest.get(slowPace)! <= slowPace + 5_000 + 200, `${longest.get(slowPace)} ms`)
    // No app waits longer than the stretch says, with a round more.
    for (const [pace, wait] of longest) assert.ok(wait <= pace * longestStretch + 200, `${pace}: ${wait} ms`)
    assert.ok(longest.get(100)! <= 1_500, `${longest.get(100)} ms`)
  }
})

test('after a time in which API Gateway was silent for all, apps are served within three seconds', () => {
  for (const seconds of [3, 9, 20]) {
    const crowd = new SimulatedCrowd({ apps: new Map([[PACE_MS, APPS]]), postsPerSecond: POSTS_PER_SECOND })
    crowd.run(5)
    crowd.isSilent = true
    const { blame } = crowd.run(seconds)
    assert.ok(blame.gateway > 0)
    assert.equal(blame.connection, 0)
    crowd.isSilent = false
    crowd.read(crowd.members.map(({ connection }) => connection))
    // The last posts in silence end after a second; a wait before the next is two seconds at most.
    crowd.run(3 + 1)
    assert.equal(crowd.takenAt.size, APPS)
  }
})
