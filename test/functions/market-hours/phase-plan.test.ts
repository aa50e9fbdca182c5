import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import * as v from 'valibot'
import { plan, type Target } from '../../../functions/market-hours/market-hours-settings.ts'
import { movesTo, stepTo } from '../../../functions/market-hours/phase-plan.ts'
import { PHASES } from '../../../market/market-event.ts'

const shards = fc.integer({ min: 1, max: 200 })

test('a step at most doubles or halves the shards, and the steps reach the target', () => {
  fc.assert(
    fc.property(shards, shards, (from, to) => {
      let count = from
      for (let step = 0; count !== to; step++) {
        const next = stepTo(count, to)
        assert.ok(next <= 2 * count && next >= count / 2 && next !== count)
        count = next
        assert.ok(step < 8)
      }
    }),
  )
})

test('nothing is moved if the target is reached or already ordered', () => {
  const target: Target = { tasks: 1, shards: 2 }
  const services = [{ name: 'one', desired: 1, running: 0 }]
  assert.deepEqual(movesTo(target, { services, stream: { shards: 2, active: true } }), [])
  assert.deepEqual(movesTo(target, { services, stream: { shards: 1, active: false } }), [])
})

test('each service and the stream move to the target', () => {
  const services = ['one', 'two'].map((name, index) => ({ name, desired: index, running: index }))
  assert.deepEqual(movesTo({ tasks: 0, shards: 1 }, { services, stream: { shards: 8, active: true } }), [
    { move: 'tasks', service: 'two', from: 1, to: 0 },
    { move: 'shards', from: 8, to: 4 },
  ])
})

test('a plan has a target for every phase', () => {
  const targets = Object.fromEntries(PHASES.map(phase => [phase, { tasks: 1, shards: 2 }]))
  assert.deepEqual(v.parse(plan, JSON.stringify(targets)), targets)
  const { lunch, ...rest } = targets
  for (const wrong of [
    '',
    '{',
    '{}',
    JSON.stringify(rest),
    JSON.stringify({ ...rest, lunch: { ...lunch, tasks: 2 } }),
  ])
    assert.equal(v.safeParse(plan, wrong).success, false, wrong)
  const [problem, ...others] = v.safeParse(plan, '{').issues ?? []
  assert.match(
    String(problem?.message),
    /^expected JSON with a target for every phase, got other text: Syntax/,
  )
  assert.deepEqual(others, [])
})

test('a phase has 1 to 200 shards, in whole numbers, and a task or none', () => {
  const planOf = (target: object): boolean =>
    v.safeParse(plan, JSON.stringify(Object.fromEntries(PHASES.map(phase => [phase, target])))).success
  for (const shards of [1, 200]) assert.equal(planOf({ tasks: 0, shards }), true, String(shards))
  for (const shards of [0, 201, 1.5]) assert.equal(planOf({ tasks: 0, shards }), false, String(shards))
  for (const tasks of [-1, 2, 0.5]) assert.equal(planOf({ tasks, shards: 1 }), false, String(tasks))
})
