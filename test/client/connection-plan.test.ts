/** The plan of the connections, for any order of events. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { createPlan, type PlanEffect, type PlanEvent, stepPlan } from '../../client/connection-plan.ts'

const id = fc.integer({ min: 1, max: 12 })
const event: fc.Arbitrary<PlanEvent> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constantFrom('opened' as const, 'confirmed' as const, 'whole' as const),
      id,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant('overdue' as const), id, isAnswered: fc.boolean() }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('ended' as const),
      id,
      reason: fc.constant('lost'),
      cause: fc.constantFrom('other' as const, 'other' as const, 'too-many-messages' as const),
    }),
  },
  { weight: 3, arbitrary: fc.constantFrom<PlanEvent>({ type: 'due' }, { type: 'retry' }) },
)

/** Returns the effects of events on a new plan. */
function play(...events: PlanEvent[]): { plan: ReturnType<typeof createPlan>; effects: PlanEffect[] } {
  const plan = createPlan()
  const effects = events.flatMap(each => stepPlan(plan, each))
  return { plan, effects }
}

const START: PlanEvent = { type: 'start' }
const opened = (id: number): PlanEvent => ({ type: 'opened', id })
const ended = (id: number, cause: 'other' | 'access-ended' | 'too-many-messages' = 'other'): PlanEvent => ({
  type: 'ended',
  id,
  reason: 'lost',
  cause,
})

describe('the plan of the connections', () => {
  it('has at most two connections, and is connected exactly while the main one is open', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), events => {
        const plan = createPlan()
        const live = new Set<number>()
        for (const one of [START, ...events]) {
          for (const effect of stepPlan(plan, one)) {
            if (effect.type === 'open') live.add(effect.id)
            else if (effect.type === 'close') assert.ok(live.delete(effect.id))
          }
          if (one.type === 'ended') live.delete(one.id)
          assert.deepEqual(
            [...live].sort(),
            [plan.main, plan.next].flatMap(connection => connection?.id ?? []).sort(),
          )
          assert.equal(plan.state === 'connected', plan.main?.isOpen ?? false)
          if (plan.main === undefined) assert.equal(plan.next, undefined)
        }
        assert.deepEqual(stepPlan(plan, { type: 'close', reason: 'closed by the app' }).at(-1), {
          type: 'state',
          state: 'closed',
          reason: 'closed by the app',
        })
        assert.deepEqual(
          events.flatMap(one => stepPlan(plan, one)),
          [],
        )
      }),
      { numRuns: 1_000 },
    )
  })

  it('waits longer after each failure, until a connection works', () => {
    const { plan, effects } = play(START, ended(1), { type: 'retry' }, opened(2), ended(2), { type: 'retry' })
    const waits = effects.flatMap(one => (one.type === 'wait' && one.until === 'retry' ? one.failures : []))
    assert.deepEqual(waits, [0, 1])
    stepPlan(plan, opened(3))
    stepPlan(plan, { type: 'confirmed', id: 3 })
    assert.deepEqual(stepPlan(plan, ended(3))[0], { type: 'wait', until: 'retry', failures: 0 })
  })

  it('waits long after too many messages, although the connection worked', () => {
    const { effects } = play(START, opened(1), { type: 'confirmed', id: 1 }, ended(1, 'too-many-messages'))
    assert.deepEqual(effects.at(-2), { type: 'wait', until: 'retry', failures: 5 })
  })

  it('closes everything when the access has ended', () => {
    const { plan, effects } = play(START, opened(1), { type: 'due' }, opened(2), ended(1, 'access-ended'))
    assert.deepEqual(effects.slice(-2), [
      { type: 'close', id: 2 },
      { type: 'state', state: 'closed', reason: 'lost' },
    ])
    assert.deepEqual(stepPlan(plan, { type: 'retry' }), [])
  })

  it('keeps a connection that works when the next one is open but has not answered in time', () => {
    const { plan, effects } = play(
      START,
      opened(1),
      { type: 'due' },
      opened(2),
      { type: 'overdue', id: 2, isAnswered: false },
      { type: 'retry' },
      opened(3),
    )
    assert.deepEqual(effects.slice(-4), [
      { type: 'close', id: 2 },
      { type: 'wait', until: 'retry', failures: 0 },
      { type: 'open', id: 3 },
      { type: 'wait', until: 'whole', id: 3 },
    ])
    assert.equal(plan.main?.id, 1)
    assert.deepEqual(stepPlan(plan, { type: 'overdue', id: 3, isAnswered: true })[0], {
      type: 'close',
      id: 1,
    })
    assert.equal(plan.main?.id, 3)
    // It is the main connection already.
    assert.deepEqual(stepPlan(plan, { type: 'overdue', id: 3, isAnswered: false }), [])
  })

  it('tries to replace a connection again until it is replaced', () => {
    const { effects } = play(START, opened(1), { type: 'due' }, ended(2), { type: 'retry' }, ended(3), {
      type: 'retry',
    })
    assert.deepEqual(effects.slice(3), [
      { type: 'open', id: 2 },
      { type: 'wait', until: 'retry', failures: 0 },
      { type: 'open', id: 3 },
      { type: 'wait', until: 'retry', failures: 1 },
      { type: 'open', id: 4 },
    ])
  })
})
