import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachInSlots } from '../../posts/slots.ts'
import { until } from '../until.ts'

/** Starts items of which each ends by its `end`. Short patience: 20 ms. */
function start(count: number, slots: number, most: number) {
  const ends = new Map<number, () => void>()
  const state = { isOver: false }
  const items = Array.from({ length: count }, (_, index) => index)
  const all = eachInSlots(
    items,
    { slots, most, patience: 20 },
    item => new Promise(resolve => ends.set(item, resolve)),
  ).then(() => {
    state.isOver = true
  })
  return { ends, state, all, started: () => [...ends.keys()] }
}

test('items that take long leave their slots to later items, up to the most items at once', async () => {
  const { ends, started, state, all } = start(7, 2, 5)
  assert.deepEqual(started(), [0, 1])
  await until(() => ends.size === 5, 'five items at once')
  await new Promise(resolve => setTimeout(resolve, 100))
  assert.deepEqual(started(), [0, 1, 2, 3, 4])
  // All are slow now, so each end lets one more start.
  ends.get(0)!()
  await until(() => ends.size === 6, 'the sixth item')
  ends.get(5)!()
  await until(() => ends.size === 7, 'the seventh item')
  for (const item of [1, 2, 3, 4]) ends.get(item)!()
  await new Promise(setImmediate)
  assert.equal(state.isOver, false)
  ends.get(6)!()
  await all
})

test('the last items may have left their slots: all have ended at the end', async () => {
  const { ends, state, all } = start(2, 2, 4)
  await new Promise(resolve => setTimeout(resolve, 60))
  assert.equal(state.isOver, false)
  ends.get(0)!()
  await new Promise(setImmediate)
  assert.equal(state.isOver, false)
  ends.get(1)!()
  await all
})

test('items that end in time are never more at once than the slots', async () => {
  let running = 0
  let most = 0
  const done: number[] = []
  await eachInSlots(
    Array.from({ length: 50 }, (_, index) => index),
    { slots: 3, most: 9, patience: 10_000 },
    async item => {
      most = Math.max(most, ++running)
      await new Promise(setImmediate)
      running--
      done.push(item)
    },
  )
  assert.deepEqual([most, done.length], [3, 50])
  await eachInSlots([], { slots: 3, most: 9, patience: 10_000 }, async () => assert.fail('expected no work'))
})
