import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Millis } from '../../../market/units.ts'
import { type Fault, LeaseWorld, type Plan, type SimTask, type TaskPlan } from './lease-world.ts'

/** All faults are over then, ms. */
const FAULTS_END = 12_000
/**
 * A well task holds the lease so long after the last fault, ms: a cold start after the lease is free for two seconds, after a
 * request that was lost and a task that was read as alive.
 */
const CALM = 6_000
/** A task that reaches the table learns within this time, ms, that it was overtaken: a renewal, a lost request, a renewal. */
const NOTICED = 1_400

const whenOf = (from: Millis): fc.Arbitrary<Millis> =>
  fc.integer({ min: from / 50, max: FAULTS_END / 100 }).map(at => at * 50)
const lastsOf = fc.integer({ min: 1, max: 100 }).map(lasts => lasts * 50)

const fault: fc.Arbitrary<Fault> = fc.record({
  kind: fc.constantFrom('freeze', 'kill', 'cut', 'lost answers', 'stop', 'trouble'),
  at: whenOf(0),
  lasts: lastsOf,
})

const task: fc.Arbitrary<TaskPlan> = fc.record({
  clockError: fc.integer({ min: -3_600_000, max: 3_600_000 }),
  startsAt: fc.constantFrom(0, 0, 250, 1_000, 3_000),
  readyAt: fc.constantFrom(0, 500, 4_000, Number.POSITIVE_INFINITY),
  faults: fc.array(fault, { maxLength: 3 }),
})

const plan: fc.Arbitrary<Plan> = fc.record({
  tasks: fc.array(task, { minLength: 1, maxLength: 3 }),
  outages: fc.array(fc.record({ at: whenOf(0), lasts: lastsOf }), { maxLength: 2 }),
  latencies: fc.array(fc.constantFrom(5, 5, 10, 20, 100, 190), { minLength: 3, maxLength: 40 }),
})

/** How long each task has reached the table without a break, and has not been frozen, ms. */
function createWellTimes(world: LeaseWorld): (each: SimTask) => Millis {
  const since = new Map<string, Millis>()
  return each => {
    const isWell = world.isReachable(each) && !world.isFaulty(each, 'freeze')
    if (!isWell) since.set(each.name, world.now)
    return world.now - (since.get(each.name) ?? each.plan.startsAt)
  }
}

test('whatever fails, epochs grow, one task has an epoch, and a well task publishes in the end', () => {
  fc.assert(
    fc.property(plan, schedule => {
      const world = new LeaseWorld(schedule)
      const wellFor = createWellTimes(world)
      const owners = new Map<number, string>()
      world.runTo(FAULTS_END + CALM, () => {
        for (const each of world.tasks) {
          const well = wellFor(each)
          if (!world.mayPut(each)) continue
          const { lease } = world
          // An epoch belongs to one task, with or without the table.
          const epoch = each.state.epoch!
          const owner = owners.get(epoch) ?? each.name
          owners.set(epoch, owner)
          assert.equal(owner, each.name)
          const overtakenFor = world.now - (world.holders.at(-1)?.at ?? 0)
          const isOvertaken = lease?.task !== each.name
          assert.ok(!isOvertaken || Math.min(overtakenFor, well) <= NOTICED, `${each.name} noticed nothing`)
        }
      })
      const epochs = world.holders.map(({ epoch }) => epoch)
      assert.deepEqual(
        epochs,
        [...new Set(epochs)].sort((a, b) => a - b),
      )
      const alive = world.tasks.filter(({ isDead }) => !isDead)
      const publishing = alive.filter(each => world.mayPut(each)).map(({ name }) => name)
      assert.deepEqual(publishing, alive.length === 0 ? [] : [world.lease?.task])
    }),
    { numRuns: 400 },
  )
})

const shortLatencies = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 5, maxLength: 9 })

/** A holder that starts at once, and a task that stands by, with faults of each. */
function openPair(
  faults: readonly Fault[],
  readyAt: Millis,
  latencies: readonly Millis[],
  others: readonly Fault[] = [],
) {
  const tasks = [
    { clockError: 0, startsAt: 0, readyAt: 0, faults },
    { clockError: -60_000, startsAt: 250, readyAt, faults: others },
  ]
  return new LeaseWorld({ tasks, outages: [], latencies })
}

/** Returns when the second of two tasks has taken the lease. */
function takenAt(faults: readonly Fault[], readyAt: Millis, latencies: readonly Millis[]): Millis {
  const world = openPair(faults, readyAt, latencies)
  world.runTo(30_000, () => {})
  const taken = world.holders.find(({ task }) => task === 'task-1')
  return taken?.at ?? Number.POSITIVE_INFINITY
}

test('a ready standby takes the lease of a killed holder within 1,400 ms, and of a holder in trouble within 1,200 ms', () => {
  fc.assert(
    fc.property(whenOf(4_000), shortLatencies, (at, latencies) => {
      const killed = takenAt([{ kind: 'kill', at, lasts: 5 }], 1_000, latencies)
      assert.ok(killed - at <= 1_400 && killed - at > 700, `killed: ${killed - at} ms`)
      const stopped = takenAt([{ kind: 'stop', at, lasts: 5 }], 1_000, latencies)
      assert.ok(stopped - at <= 500, `stopped: ${stopped - at} ms`)
      const troubled = takenAt([{ kind: 'trouble', at, lasts: 20_000 }], 1_000, latencies)
      assert.ok(troubled - at <= 1_200 && troubled - at >= 700, `in trouble: ${troubled - at} ms`)
      const cut = takenAt([{ kind: 'line cut', at, lasts: 20_000 }], 1_000, latencies)
      assert.ok(cut - at <= 1_400 && cut - at >= 700, `line cut: ${cut - at} ms`)
      const cold = takenAt([{ kind: 'kill', at, lasts: 5 }], Number.POSITIVE_INFINITY, latencies)
      assert.ok(cold - at <= 2_500 && cold - at > 1_700, `cold: ${cold - at} ms`)
    }),
    { numRuns: 60 },
  )
})

test('a holder that was overtaken while it was frozen puts nothing after it', () => {
  const at = fc.integer({ min: 4_000, max: 4_300 }).map(time => 5 * Math.floor(time / 5))
  fc.assert(
    fc.property(at, shortLatencies, (start, latencies) => {
      const freeze = { kind: 'freeze', at: start, lasts: 3_000 } as const
      // The answer to the renewal under way may be lost too: that says nothing about the table after the freeze.
      const lost = { kind: 'lost answers', at: start, lasts: 2_000 } as const
      const world = openPair([freeze, lost], 1_000, latencies)
      world.runTo(10_000, () => {
        const [holder] = world.tasks
        if (world.now >= start + 3_000 && holder !== undefined) assert.equal(world.mayPut(holder), false)
      })
      assert.deepEqual(
        world.holders.map(({ task }) => task),
        ['task-0', 'task-1'],
      )
      assert.equal(world.tasks[0]?.effects.at(-1), 'end')
    }),
    { numRuns: 200 },
  )
})

test('a task whose answers are lost while it takes the lease finds that it holds the lease', () => {
  fc.assert(
    fc.property(
      whenOf(4_000),
      fc.integer({ min: 600, max: 1_300 }),
      shortLatencies,
      (at, after, latencies) => {
        const lost = { kind: 'lost answers', at: at + 5 * Math.floor(after / 5), lasts: 1_000 } as const
        const world = openPair([{ kind: 'kill', at, lasts: 5 }], 1_000, latencies, [lost])
        world.runTo(at + 5_000, () => {})
        assert.deepEqual(
          world.holders.map(({ task }) => task),
          ['task-0', 'task-1'],
        )
        assert.ok(world.mayPut(world.tasks[1]!))
        assert.ok(world.tasks[1]!.effects.includes('promote'))
      },
    ),
    { numRuns: 200 },
  )
})

test('a line that is silent for every task is no reason to hand over', () => {
  const tasks = [0, 250].map(startsAt => ({ clockError: 0, startsAt, readyAt: 1_000, faults: [] }))
  const world = new LeaseWorld({ tasks, outages: [], latencies: [5, 20, 7], quietFrom: 3_123 })
  world.runTo(10_000, () => {})
  assert.deepEqual(
    world.holders.map(({ task }) => task),
    ['task-0'],
  )
})

/** Two tasks that start at once, ready after a second, while the table is away for a time. */
function openWithoutTable(
  outage: { readonly at: Millis; readonly lasts: Millis },
  latencies: readonly Millis[],
  faults: readonly Fault[] = [],
) {
  const tasks = [0, 250].map(startsAt => ({
    clockError: 0,
    startsAt,
    readyAt: 1_000,
    faults: startsAt === 0 ? faults : [],
  }))
  return new LeaseWorld({ tasks, outages: [outage], latencies })
}

const publishingIn = (world: LeaseWorld): string[] =>
  world.tasks.filter(each => world.mayPut(each)).map(({ name }) => name)

test('a table that answers nobody takes the lease from nobody', () => {
  fc.assert(
    fc.property(whenOf(4_000), fc.integer({ min: 1, max: 80 }), shortLatencies, (at, quarters, latencies) => {
      const lasts = quarters * 250
      const world = openWithoutTable({ at, lasts }, latencies)
      world.runTo(at + lasts + 3_000, () => {
        if (world.now >= 4_000) assert.deepEqual(publishingIn(world), ['task-0'], `at ${world.now} ms`)
      })
      assert.deepEqual(
        world.holders.map(({ task }) => task),
        ['task-0'],
      )
    }),
    { numRuns: 60 },
  )
})

test('without a table one task publishes after ten seconds of silence, and takes the lease when the table is back', () => {
  fc.assert(
    fc.property(fc.boolean(), shortLatencies, (isStart, latencies) => {
      const at = isStart ? 0 : 4_000
      const killed = { kind: 'kill', at: at + 500, lasts: 5 } as const
      const world = openWithoutTable({ at, lasts: 25_000 }, latencies, isStart ? [] : [killed])
      const publishing = new Set<string>()
      world.runTo(at + 40_000, () => {
        if (world.now < at + 12_000) return
        const names = publishingIn(world)
        assert.equal(names.length, 1, `${names.join(' and ')} at ${world.now} ms`)
        publishing.add(names[0]!)
      })
      assert.equal(publishing.size, 1)
      assert.deepEqual([world.lease?.task], [...publishing])
      assert.ok(
        world.tasks.find(({ name }) => publishing.has(name))?.effects.includes(isStart ? 'begin' : 'promote'),
      )
    }),
    { numRuns: 30 },
  )
})
