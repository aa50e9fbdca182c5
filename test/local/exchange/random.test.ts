import assert from 'node:assert/strict'
import { test } from 'node:test'
import { below, createRandom, exponential, normal, weightedPicker } from '../../../local/exchange/random.ts'

const COUNT = 100_000

test('equal seeds give equal numbers, other seeds give others', () => {
  const draw = (seed: number): number[] => {
    const random = createRandom(seed)
    return Array.from({ length: 10 }, random)
  }
  assert.deepEqual(draw(7), draw(7))
  assert.notDeepEqual(draw(7), draw(8))
})

test('numbers are uniform from 0 to 1, and derived numbers have the right mean', () => {
  const random = createRandom(1)
  const mean = (draw: () => number): number => {
    let sum = 0
    for (let i = 0; i < COUNT; i++) sum += draw()
    return sum / COUNT
  }
  const tenths = new Int32Array(10)
  for (let i = 0; i < COUNT; i++) {
    const value = random()
    assert.ok(value >= 0 && value < 1)
    const tenth = Math.floor(value * 10)
    tenths[tenth] = tenths[tenth]! + 1
  }
  for (const count of tenths) assert.ok(Math.abs(count / COUNT - 0.1) < 0.005, String(tenths))
  assert.ok(Math.abs(mean(() => exponential(random, 5)) - 5) < 0.1)
  assert.ok(Math.abs(mean(() => normal(random))) < 0.02)
  assert.ok(Math.abs(mean(() => normal(random) ** 2) - 1) < 0.03)
  assert.ok(Math.abs(mean(() => below(random, 11)) - 5) < 0.1)
})

test('the weighted picker chooses an index in proportion to its weight', () => {
  const weights = [5, 0, 1, 3, 1]
  const pickIndex = weightedPicker(createRandom(3), weights)
  const counts = new Int32Array(weights.length)
  for (let i = 0; i < COUNT; i++) {
    const index = pickIndex()
    counts[index] = counts[index]! + 1
  }
  for (const [index, weight] of weights.entries()) {
    assert.ok(Math.abs(counts[index]! / COUNT - weight / 10) < 0.01, `${index}: ${counts[index]}`)
  }
})
