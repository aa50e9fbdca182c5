import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { step } from '../../../ingest-task/lease/lease-machine.ts'
import { createLeaseState, type LeaseState } from '../../../ingest-task/lease/lease-state.ts'
import { otherWorks } from '../../../ingest-task/lease/other-task.ts'
import { asEpochMillis, type Millis } from '../../../market/units.ts'
import { type Fault, LeaseWorld, type TaskPlan } from './lease-world.ts'
import { LineModel } from './line-model.ts'

const NOW = 20_000

/** Returns the effects of a holder that has made no progress for a time. @param beat ms since the beat of its candidate. */
function effectsOf(stuckMs: Millis, beat: Millis, holder: Partial<LeaseState> = {}): string[] {
  const state: LeaseState = {
    ...createLeaseState('holder', 0),
    role: 'holding',
    epoch: asEpochMillis(1),
    isConfirmed: true,
    confirmedAt: NOW - 50,
    renewAskedAt: NOW,
    standbyAskedAt: NOW,
    candidate: { read: { task: 'candidate', beat: 7 }, changedAt: NOW - beat },
    ...holder,
  }
  const observed = { ...state.observed, troubledMs: stuckMs, stuckMs }
  const { effects } = step(state, { kind: 'tick', observed, clock: asEpochMillis(1) }, NOW)
  return effects.map(effect =>
    effect.kind === 'read-standby' ? `read ${effect.withCandidate}` : effect.kind,
  )
}

test('a holder without progress for ten seconds hands over to a candidate that lives', () => {
  assert.deepEqual(effectsOf(10_000, 899), ['drain'])
  assert.deepEqual(effectsOf(9_999, 899), [])
  assert.deepEqual(effectsOf(10_000, 900), [])
  assert.deepEqual(effectsOf(10_000, 100, { failedAt: NOW }), [])
})

test('a holder reads the candidate after 700 ms without progress', () => {
  assert.deepEqual(effectsOf(700, Infinity, { standbyAskedAt: NOW - 250 }), ['read true'])
  assert.deepEqual(effectsOf(699, Infinity, { standbyAskedAt: NOW - 250 }), ['read false'])
})

test('a candidate counts after its second beat', () => {
  let state = { ...createLeaseState('holder', 0), role: 'holding' } as LeaseState
  const note = (task: string, beat: number): Millis | undefined => {
    const event = { kind: 'standby-asked', standby: undefined, candidate: { task, beat } } as const
    state = step(state, event, NOW).state
    return state.candidate?.changedAt
  }
  assert.equal(note('holder', 3), undefined)
  assert.equal(note('one', 7), undefined)
  assert.equal(note('one', 7), undefined)
  assert.equal(note('one', 8), NOW)
  assert.equal(note('two', 1), NOW)
})

test('another task works while it publishes, or could take the lease', () => {
  const state = createLeaseState('task', 0)
  const ofOther = { task: 'other', epoch: asEpochMillis(1), beat: 1, published: undefined }
  const lease = { ...ofOther, released: false, works: true }
  const standingBy = { ...state, role: 'standing-by', seen: { lease, since: NOW - 999 } } as const
  assert.ok(otherWorks(standingBy, NOW))
  assert.ok(!otherWorks(standingBy, NOW + 1))
  assert.ok(!otherWorks({ ...standingBy, seen: { lease: { ...lease, released: true }, since: NOW } }, NOW))
  assert.ok(!otherWorks({ ...standingBy, seen: { lease: { ...lease, works: false }, since: NOW } }, NOW))
  const holding = { ...state, role: 'holding' } as const
  const [candidate, standby] = [
    { read: { task: 'other', beat: 7 }, changedAt: NOW - 899 },
    { read: { task: 'other', beat: 7, ready: true, position: 1 }, changedAt: NOW - 1_499 },
  ]
  assert.ok(!otherWorks(holding, NOW))
  assert.ok(otherWorks({ ...holding, candidate }, NOW))
  assert.ok(!otherWorks({ ...holding, candidate }, NOW + 1))
  assert.ok(otherWorks({ ...holding, standby }, NOW))
  assert.ok(!otherWorks({ ...holding, standby }, NOW + 1))
})

const NEVER = { kind: 'no line', at: 0, lasts: Infinity } as const
const latenciesOf = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 5, maxLength: 9 })
const timeOf = (min: Millis, max: Millis): fc.Arbitrary<Millis> =>
  fc.integer({ min: min / 50, max: max / 50 }).map(at => at * 50)

function open(
  tasks: readonly (readonly [Millis, readonly Fault[]])[],
  latencies: readonly Millis[],
): LeaseWorld {
  const plans = tasks.map(([startsAt, faults]): TaskPlan => ({ clockError: 0, startsAt, readyAt: 0, faults }))
  return new LeaseWorld({ tasks: plans, outages: [], latencies }, new LineModel())
}

const holdersOf = (world: LeaseWorld): string[] => world.holders.map(({ task }) => task)

/** Asserts that the holder of the table publishes what the line sends now. */
function assertCurrent(world: LeaseWorld): void {
  const late = world.now - (world.lease?.published?.position ?? 0)
  assert.ok(late <= 1_000, `published up to ${late} ms ago`)
}

test('a task with a line takes the lease of a first task without a line, and publishes within 16 s', () => {
  fc.assert(
    fc.property(timeOf(250, 20_000), latenciesOf, (startsAt, latencies) => {
      const world = open(
        [
          [0, [NEVER]],
          [startsAt, []],
        ],
        latencies,
      )
      // A snapshot, ten seconds at most, the hand-over, and a cold start with a second snapshot.
      world.runTo(startsAt + 16_000, () => {})
      assert.deepEqual(holdersOf(world), ['task-0', 'task-1'])
      assert.ok(world.tasks[0]!.isDead)
      assert.ok(world.tasks[1]!.effects.includes('begin'))
      assertCurrent(world)
    }),
    { numRuns: 100 },
  )
})

test('a task with a line goes on after both tasks have died and the next task has no line', () => {
  fc.assert(
    fc.property(timeOf(3_000, 5_000), timeOf(250, 3_000), latenciesOf, (at, later, latencies) => {
      const killed = { kind: 'kill', at, lasts: 5 } as const
      const world = open(
        [
          [0, [killed]],
          [250, [killed]],
          [at + 300, [NEVER]],
          [at + 300 + later, []],
        ],
        latencies,
      )
      world.runTo(at + later + 18_000, () => {})
      assert.deepEqual(holdersOf(world).slice(-1), ['task-3'])
      assertCurrent(world)
    }),
    { numRuns: 100 },
  )
})

test('a task that has started after the holder lost its line takes the lease', () => {
  fc.assert(
    fc.property(timeOf(3_000, 5_000), timeOf(250, 15_000), latenciesOf, (at, later, latencies) => {
      const world = open(
        [
          [0, [{ kind: 'no line', at, lasts: Infinity }]],
          [at + later, []],
        ],
        latencies,
      )
      world.runTo(at + later + 16_000, () => {})
      assert.deepEqual(holdersOf(world), ['task-0', 'task-1'])
      assertCurrent(world)
    }),
    { numRuns: 100 },
  )
})

test('a line that is down for both tasks moves the lease never, and after it is back at most once', () => {
  fc.assert(
    fc.property(timeOf(0, 3_000), timeOf(12_000, 25_000), latenciesOf, (at, lasts, latencies) => {
      const down = { kind: 'no line', at, lasts } as const
      const world = open(
        [
          [0, [down]],
          [250, [down]],
        ],
        latencies,
      )
      world.runTo(at + lasts, () => {
        assert.ok(holdersOf(world).length <= 1)
      })
      world.runTo(at + lasts + 20_000, () => {})
      assert.ok(holdersOf(world).length <= 2)
      assertCurrent(world)
    }),
    { numRuns: 100 },
  )
})

const someFaults = fc.array(
  fc.record({
    kind: fc.constantFrom('no line', 'no line', 'freeze', 'kill', 'cut', 'lost answers', 'stop'),
    at: timeOf(0, 15_000),
    lasts: fc.oneof(timeOf(50, 5_000), timeOf(5_000, 20_000)),
  }),
  { maxLength: 3 },
)
const someTask = fc.tuple(timeOf(0, 8_000), someFaults, fc.boolean())

test('whatever fails before, the line is published in the end if a task has it', () => {
  fc.assert(
    fc.property(fc.array(someTask, { minLength: 1, maxLength: 4 }), latenciesOf, (tasks, latencies) => {
      const world = open(
        tasks.map(([startsAt, faults, hasLine]) => [startsAt, hasLine ? faults : [...faults, NEVER]]),
        latencies,
      )
      // All faults but a missing line are over after 35 s. Each task without a line may hold the lease in its turn.
      world.runTo(35_000 + 4 * 14_000, () => {})
      const withLine = world.tasks.filter(({ isDead, plan }) => !isDead && !plan.faults.includes(NEVER))
      if (withLine.length > 0) assertCurrent(world)
      const epochs = world.holders.map(({ epoch }) => epoch)
      assert.deepEqual(
        epochs,
        [...new Set(epochs)].sort((a, b) => a - b),
      )
    }),
    { numRuns: 150 },
  )
})
