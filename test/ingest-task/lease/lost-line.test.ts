import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { mayPut } from '../../../ingest-task/lease/lease-holding.ts'
import { createLeaseState, type Observed } from '../../../ingest-task/lease/lease-state.ts'
import { asEpochMillis, type Millis } from '../../../market/units.ts'
import { type Fault, LeaseWorld } from './lease-world.ts'

const NOW = 20_000

/** Whether a holder may put that sees this of itself. @param confirmed ms since the table answered; its latest renewal failed since. */
function putsWith(observed: Partial<Observed>, confirmed: Millis): boolean {
  const state = createLeaseState('holder', 0)
  const holder = {
    ...state,
    role: 'holding',
    observed: { ...state.observed, ...observed },
    epoch: asEpochMillis(1),
    isConfirmed: true,
    confirmedAt: NOW - confirmed,
    failedAt: NOW - 100,
  } as const
  return mayPut(holder, NOW)
}

test('a holder without line and table puts nothing from 5 s to 13 s of silence', () => {
  const lost = { troubledMs: 700, silentMs: 5_000 }
  assert.equal(putsWith(lost, 1_001), false)
  assert.equal(putsWith({ ...lost, silentMs: 12_999 }, 1_001), false)
  assert.equal(putsWith({ ...lost, silentMs: 4_999 }, 1_001), true)
  assert.equal(putsWith({ ...lost, silentMs: 13_000 }, 1_001), true)
})

test('a holder goes on to put if its line is paused, or the table has answered for the last second', () => {
  assert.equal(putsWith({ troubledMs: 699, silentMs: 5_000 }, 1_001), true)
  assert.equal(putsWith({ troubledMs: 700, silentMs: 5_000 }, 1_000), true)
})

const AT = 6_000
const latenciesOf = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 5, maxLength: 9 })
const startOf = fc.integer({ min: 50, max: 150 }).map(fifths => fifths * 5)
/** The table is away from before the fault until long after it. */
const AWAY = [{ at: AT - 1_000, lasts: 60_000 }]

/** Two tasks; the line of the first ends at {@link AT}, which it notices after 4 s. */
function openLost(standbyStartsAt: Millis, latencies: readonly Millis[], quietFrom = Infinity): LeaseWorld {
  const faults: Fault[] = [
    { kind: 'line cut', at: AT, lasts: 60_000 },
    { kind: 'trouble', at: AT + 4_000, lasts: 56_000 },
  ]
  const tasks = [
    { clockError: 0, startsAt: 0, readyAt: 0, faults },
    { clockError: 0, startsAt: standbyStartsAt, readyAt: 1_000, faults: [] },
  ]
  return new LeaseWorld({ tasks, outages: AWAY, latencies, quietFrom })
}

test('a standby takes over from a holder without line and table within 13 s, and the holder ends', () => {
  fc.assert(
    fc.property(startOf, latenciesOf, (standbyStartsAt, latencies) => {
      const world = openLost(standbyStartsAt, latencies)
      world.runTo(AT + 13_000, () => {})
      const [holder, standby] = world.tasks
      assert.ok(standby!.effects.includes('promote'))
      assert.ok(world.mayPut(standby!))
      world.runTo(AT + 15_000, () => {})
      assert.ok(holder!.isDead)
    }),
    { numRuns: 100 },
  )
})

test('a line that is lost for both tasks while the table is away is taken from nobody', () => {
  fc.assert(
    fc.property(startOf, latenciesOf, (standbyStartsAt, latencies) => {
      const world = openLost(standbyStartsAt, latencies, AT)
      world.runTo(AT + 40_000, () => {})
      assert.ok(world.mayPut(world.tasks[0]!))
      assert.ok(!world.tasks[1]!.effects.includes('promote'))
    }),
    { numRuns: 50 },
  )
})
