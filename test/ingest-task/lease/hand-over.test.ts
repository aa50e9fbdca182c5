import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { hasStandby } from '../../../ingest-task/lease/lease-holding.ts'
import { step } from '../../../ingest-task/lease/lease-machine.ts'
import {
  createLeaseState,
  type LeaseEffect,
  type LeaseState,
  type Observed,
} from '../../../ingest-task/lease/lease-state.ts'
import { asEpochMillis, type Millis } from '../../../market/units.ts'
import { type Fault, LeaseWorld, type TaskPlan } from './lease-world.ts'

const NOW = 10_000
const WELL: Observed = {
  ready: false,
  proved: false,
  troubledMs: 0,
  stuckMs: 0,
  silentMs: 0,
  position: 100,
}
const TROUBLED: Observed = { ...WELL, troubledMs: 700 }
/** The line of the holder is silent, and its standby has read more of it. */
const CUT: Observed = { ...WELL, silentMs: 700, position: 99 }

interface Ages {
  /** Since the latest successful renewal was asked for, ms. */
  readonly confirmed: Millis
  /** Since the latest failed renewal, ms. Default: none has failed. */
  readonly failed?: Millis
  /** Since the beat of the standby changed, ms. */
  readonly beat: Millis
}

const GOOD: Ages = { confirmed: 50, beat: 100 }

/** A holder with a ready standby, and without requests that are due. */
function holderOf({ confirmed, failed = Infinity, beat }: Ages): LeaseState {
  return {
    ...createLeaseState('holder', 0),
    role: 'holding',
    epoch: asEpochMillis(1),
    isConfirmed: true,
    confirmedAt: NOW - confirmed,
    failedAt: NOW - failed,
    renewAskedAt: NOW,
    lookedAt: NOW,
    standbyAskedAt: NOW,
    standby: { read: { task: 'standby', beat: 7, ready: true, position: 100 }, changedAt: NOW - beat },
  }
}

/** Returns what a holder does that sees this of itself. */
function tick(ages: Ages, observed: Observed): readonly LeaseEffect[] {
  return step(holderOf(ages), { kind: 'tick', observed, clock: asEpochMillis(1) }, NOW).effects
}

const HAND_OVER: readonly LeaseEffect[] = [{ kind: 'drain', milliseconds: 100, isLast: false }]
const KEEP: readonly LeaseEffect[] = []

test('a holder hands over after 700 ms of trouble, or of a line that the standby has read further', () => {
  assert.deepEqual(tick(GOOD, TROUBLED), HAND_OVER)
  assert.deepEqual(tick(GOOD, { ...TROUBLED, troubledMs: 699 }), KEEP)
  assert.deepEqual(tick(GOOD, CUT), HAND_OVER)
  assert.deepEqual(tick(GOOD, { ...CUT, silentMs: 699 }), KEEP)
  assert.deepEqual(tick(GOOD, { ...CUT, position: 100 }), KEEP)
})

test('a holder whose latest renewal has failed keeps the lease in trouble', () => {
  for (const observed of [TROUBLED, CUT]) {
    assert.deepEqual(tick({ ...GOOD, confirmed: 50, failed: 51 }, observed), HAND_OVER)
    assert.deepEqual(tick({ ...GOOD, confirmed: 50, failed: 50 }, observed), KEEP)
    assert.deepEqual(tick({ ...GOOD, confirmed: 50, failed: 49 }, observed), KEEP)
  }
})

test('a holder without an answer to its renewals for 400 ms keeps the lease in trouble', () => {
  for (const observed of [TROUBLED, CUT]) {
    assert.deepEqual(tick({ ...GOOD, confirmed: 399 }, observed), HAND_OVER)
    assert.deepEqual(tick({ ...GOOD, confirmed: 400 }, observed), KEEP)
  }
})

test('a standby counts for 900 ms after its beat for a holder in trouble, otherwise for 1,500 ms', () => {
  for (const observed of [TROUBLED, CUT]) {
    assert.deepEqual(tick({ ...GOOD, beat: 899 }, observed), HAND_OVER)
    assert.deepEqual(tick({ ...GOOD, beat: 900 }, observed), KEEP)
  }
  assert.ok(hasStandby(holderOf({ ...GOOD, beat: 1_499 }), NOW))
  assert.ok(!hasStandby(holderOf({ ...GOOD, beat: 1_500 }), NOW))
})

const AT = 6_000
/** An outage so long is a gap in the reads of a standby, ms: it then starts anew to count the time without a beat. */
const WATCH_GAP_MS = 800
/** A time from `min` to `max`, a multiple of 5 ms as in the world. */
const timeOf = (min: Millis, max: Millis): fc.Arbitrary<Millis> =>
  fc.integer({ min: min / 5, max: max / 5 }).map(fifths => fifths * 5)

/** What differs from run to run: latencies, and so when the standby writes its beats and when the holder reads them. */
interface Rhythm {
  readonly standbyStartsAt: Millis
  readonly latencies: readonly Millis[]
}

const rhythmOf: fc.Arbitrary<Rhythm> = fc.record({
  standbyStartsAt: timeOf(250, 750),
  latencies: fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 5, maxLength: 9 }),
})

/** A holder in trouble from {@link AT} on, its standby, and a table that is away for a time. */
function openTroubled(
  lasts: Millis,
  outages: readonly Pick<Fault, 'at' | 'lasts'>[],
  { standbyStartsAt, latencies }: Rhythm,
  standbyFaults: readonly Fault[] = [],
): LeaseWorld {
  const trouble = { kind: 'trouble', at: AT, lasts } as const
  const tasks: TaskPlan[] = [
    { clockError: 0, startsAt: 0, readyAt: 0, faults: [trouble] },
    { clockError: 0, startsAt: standbyStartsAt, readyAt: 1_000, faults: standbyFaults },
  ]
  return new LeaseWorld({ tasks, outages, latencies })
}

/** Runs a world, and asserts that its first task may publish all the time from {@link AT} on. */
function assertKept(world: LeaseWorld, end: Millis): void {
  world.runTo(end, () => {
    if (world.now >= AT) assert.ok(world.mayPut(world.tasks[0]!), `at ${world.now} ms`)
  })
  assert.deepEqual(
    world.holders.map(({ task }) => task),
    ['task-0'],
  )
}

test('a holder in trouble keeps the lease while the table is away, and publishes when its trouble is over', () => {
  fc.assert(
    // The table is away before the holder would hand over, and until its trouble is over.
    fc.property(
      timeOf(-3_000, 300),
      timeOf(100, 5_000),
      timeOf(0, 2_000),
      rhythmOf,
      (awayAfter, lasts, longer, rhythm) => {
        const away = Math.max(lasts + longer - awayAfter, WATCH_GAP_MS)
        const outage = { at: AT + awayAfter, lasts: away }
        assertKept(openTroubled(lasts, [outage], rhythm), AT + 9_000)
      },
    ),
    { numRuns: 200 },
  )
})

test('a holder that is still in trouble when the table comes back hands over within 1,500 ms', () => {
  fc.assert(
    fc.property(timeOf(-3_000, 300), timeOf(1_000, 6_000), rhythmOf, (awayAfter, backAfter, rhythm) => {
      const outage = { at: AT + awayAfter, lasts: backAfter - awayAfter }
      const world = openTroubled(30_000, [outage], rhythm)
      world.runTo(AT + 10_000, () => {})
      assert.deepEqual(
        world.holders.map(({ task }) => task),
        ['task-0', 'task-1'],
      )
      const late = world.holders[1]!.at - (AT + backAfter)
      assert.ok(late <= 1_500, `${late} ms`)
    }),
    { numRuns: 200 },
  )
})

test('a holder in trouble keeps the lease if its standby has died 800 ms before', () => {
  fc.assert(
    fc.property(timeOf(800, 3_000), timeOf(700, 3_000), rhythmOf, (before, lasts, rhythm) => {
      const killed = { kind: 'kill', at: AT - before, lasts: 5 } as const
      assertKept(openTroubled(lasts, [], rhythm, [killed]), AT + 5_000)
    }),
    { numRuns: 200 },
  )
})
