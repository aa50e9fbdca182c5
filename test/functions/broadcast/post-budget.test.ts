import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createPostBudget } from '../../../functions/broadcast/post-budget.ts'
import { addMillis, asEpochMillis } from '../../../market/units.ts'

const NOW = asEpochMillis(1_800_000_000_000)

test('posts are available at the rate, and those of half a second at once', () => {
  const budget = createPostBudget(1_000)
  assert.equal(budget.available(NOW), 500)
  budget.take(500)
  assert.equal(budget.available(NOW), 0)
  assert.equal(budget.available(addMillis(NOW, 100)), 100)
  assert.equal(budget.available(addMillis(NOW, 60_000)), 500)
})

test('posts above those available are taken from the next ones', () => {
  const budget = createPostBudget(1_000)
  budget.available(NOW)
  budget.take(550)
  assert.equal(budget.available(addMillis(NOW, 50)), 0)
  assert.equal(budget.available(addMillis(NOW, 60)), 10)
})

test('a small rate allows one post at a time', () => {
  const budget = createPostBudget(1)
  assert.equal(budget.available(NOW), 0)
  assert.equal(budget.available(addMillis(NOW, 500)), 1)
  budget.take(1)
  assert.equal(budget.available(addMillis(NOW, 1_450)), 0)
  assert.equal(budget.available(addMillis(NOW, 1_500)), 1)
})

test('a clock that goes back gives no posts', () => {
  const budget = createPostBudget(1_000)
  budget.available(NOW)
  budget.take(500)
  assert.equal(budget.available(addMillis(NOW, -10_000)), 0)
})

test('the rate falls by a fifth a second while the account is above its quota, and rises again', () => {
  const budget = createPostBudget(1_000)
  const rateAt = (seconds: number): number => {
    budget.available(addMillis(NOW, seconds * 1_000))
    budget.take(budget.available(addMillis(NOW, seconds * 1_000)))
    return budget.available(addMillis(NOW, seconds * 1_000 + 100)) * 10
  }
  assert.equal(budget.note(false, NOW), false)
  assert.equal(rateAt(0), 1_000)
  assert.equal(budget.note(true, NOW), true)
  assert.equal(rateAt(1), 800)
  // At most one step a second.
  assert.equal(budget.note(true, addMillis(NOW, 999)), false)
  assert.equal(rateAt(2), 800)
  assert.equal(budget.note(true, addMillis(NOW, 1_000)), true)
  assert.equal(rateAt(3), 640)
  for (let second = 0; second < 30; second++) budget.note(true, addMillis(NOW, 10_000 + second * 1_000))
  assert.equal(rateAt(60), 50)
  assert.equal(budget.note(false, addMillis(NOW, 70_000)), false)
  assert.equal(rateAt(80), 100)
  for (let second = 0; second < 30; second++) budget.note(false, addMillis(NOW, 90_000 + second * 1_000))
  assert.equal(rateAt(150), 1_000)
})

test('in any time no more posts start than the rate allows, with one burst', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 10, max: 10_000 }),
      fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 50 }),
      (rate, pauses) => {
        const budget = createPostBudget(rate)
        let [now, taken] = [NOW, 0]
        for (const pause of pauses) {
          now = addMillis(now, pause)
          const posts = budget.available(now)
          budget.take(posts)
          taken += posts
        }
        assert.ok(taken <= (rate * (now - NOW)) / 1_000 + Math.max(1, rate / 2))
      },
    ),
  )
})
