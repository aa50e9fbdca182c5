import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  type Health,
  isSteady,
  nextSteps,
  type PlacedTask,
  type ServiceView,
  zoneFor,
} from '../../../local/cloud/tasks/rolling-update.ts'

const HEALTH: Readonly<Record<string, Health>> = { H: 'HEALTHY', U: 'UNHEALTHY', K: 'UNKNOWN' }

/** Reads tasks such as `oH nK`: o is of the old deployment, n of the new one; H, U, K is the health, s is stopping. */
function tasksOf(text: string): PlacedTask[] {
  return text
    .split(' ')
    .filter(word => word !== '')
    .map((word, index) => ({
      id: `${index}`,
      deployment: word[0] === 'o' ? 'old' : 'new',
      zone: 'a',
      isStopping: word[2] === 's',
      health: HEALTH[word[1]!]!,
    }))
}

const view = (
  desired: number,
  minimum: number,
  maximum: number,
  tasks: readonly PlacedTask[],
): ServiceView => ({
  desired,
  limits: { minimumHealthyPercent: minimum, maximumPercent: maximum },
  primary: 'new',
  isStalled: false,
  tasks,
})

describe('the next steps of a service', () => {
  // desired, minimum %, maximum %, tasks; tasks to stop (by index), number to start
  const cases: readonly [string, number, number, number, string, string, number][] = [
    ['starts both tasks at once', 2, 100, 150, '', '', 2],
    ['stops all tasks', 0, 100, 150, 'nH nH', '0 1', 0],
    ['starts one task beside two old ones', 2, 100, 150, 'oH oH', '', 1],
    ['waits for the health of the new task', 2, 100, 150, 'oH oH nK', '', 0],
    ['stops an old task when the new one is healthy', 2, 100, 150, 'oH oH nH', '0', 0],
    ['waits for the end of the old task', 2, 100, 150, 'oHs oH nH', '', 0],
    ['starts the second new task', 2, 100, 150, 'oH nH', '', 1],
    ['stops the last old task', 2, 100, 150, 'oH nH nH', '0', 0],
    ['starts two tasks beside two old ones with room for four', 2, 100, 200, 'oH oH', '', 2],
    ['stops first without a minimum', 1, 0, 100, 'oH', '0', 0],
    ['starts after the end of the old task', 1, 0, 100, '', '', 1],
    ['cannot replace one task with room for one and a half', 1, 100, 150, 'oH', '', 0],
    ['replaces one task with room for two', 1, 100, 200, 'oH', '', 1],
    ['stops a new task that is unhealthy, and keeps the old ones', 2, 100, 150, 'oH oH nU', '2', 0],
    ['stops an old task that is unhealthy', 2, 100, 150, 'oH oU', '1', 1],
    ['starts a replacement before it stops an unhealthy task', 2, 100, 150, 'nH nU', '', 1],
    ['keeps the unhealthy task until the replacement is healthy', 2, 100, 150, 'nH nU nK', '', 0],
    ['stops the unhealthy task after that', 2, 100, 150, 'nH nU nH', '1', 0],
    ['stops one unhealthy task if there is no room', 2, 100, 150, 'nU nU nU', '0', 0],
    ['stops an unhealthy task without a minimum', 1, 0, 100, 'nU', '0', 0],
    ['stops the newest task above the desired count', 1, 100, 150, 'nH nH', '1', 0],
    ['stops a task that is not healthy before that', 1, 100, 150, 'nK nH', '0', 0],
  ]
  for (const [what, desired, minimum, maximum, tasks, stop, start] of cases)
    test(`${what}: ${desired} desired, ${minimum} to ${maximum} %, [${tasks}]`, () => {
      assert.deepEqual(nextSteps(view(desired, minimum, maximum, tasksOf(tasks))), {
        stop: stop.split(' ').filter(id => id !== ''),
        start,
      })
    })

  test('of a failed deployment start nothing, and keep the old tasks', () => {
    const stalled = { ...view(2, 100, 150, tasksOf('oH oU nK')), isStalled: true }
    assert.deepEqual(nextSteps(stalled), { stop: [], start: 0 })
  })
})

const percents = fc.constantFrom([100, 150], [100, 200], [0, 100], [50, 200]) as fc.Arbitrary<
  [number, number]
>
const someTask = fc.record({
  deployment: fc.constantFrom('old', 'new'),
  zone: fc.constantFrom('a', 'b'),
  isStopping: fc.boolean(),
  health: fc.constantFrom<Health>('HEALTHY', 'UNHEALTHY', 'UNKNOWN'),
})
const someView = fc
  .record({ desired: fc.nat(6), percents, tasks: fc.array(someTask, { maxLength: 9 }) })
  .map(({ desired, percents: [minimum, maximum], tasks }) =>
    view(
      desired,
      minimum,
      maximum,
      tasks.map((task, index) => ({ ...task, id: `${index}` })),
    ),
  )

test('a step never leaves fewer healthy tasks than the minimum, and never starts more tasks than the maximum', () => {
  fc.assert(
    fc.property(someView, service => {
      const { desired, limits, tasks } = service
      const { stop, start } = nextSteps(service)
      assert.equal(new Set(stop).size, stop.length, 'no task stops twice')
      const healthy = tasks.filter(task => !task.isStopping && task.health === 'HEALTHY')
      const left = healthy.filter(({ id }) => !stop.includes(id)).length
      const minimum = Math.ceil((desired * limits.minimumHealthyPercent) / 100)
      assert.ok(left >= Math.min(minimum, healthy.length), `${left} healthy tasks are left`)
      if (start > 0) assert.ok(tasks.length + start <= Math.floor((desired * limits.maximumPercent) / 100))
    }),
  )
})

test('any service becomes steady when tasks become healthy and stopping tasks end', () => {
  const movable = someView.filter(
    // One task with room for one and a half can never be replaced.
    ({ desired, limits }) => limits.maximumPercent !== 150 || desired !== 1,
  )
  fc.assert(
    fc.property(movable, start => {
      let service = start
      for (let round = 0; round < 40; round++) {
        const { stop, start: count } = nextSteps(service)
        const kept = service.tasks
          .filter(({ isStopping }) => !isStopping)
          .map(task => ({
            ...task,
            isStopping: stop.includes(task.id),
            health: task.health === 'UNKNOWN' ? ('HEALTHY' as const) : task.health,
          }))
        const started = Array.from({ length: count }, (_, index) => ({
          id: `${round}-${index}`,
          deployment: 'new',
          zone: 'a',
          isStopping: false,
          health: 'UNKNOWN' as const,
        }))
        service = { ...service, tasks: [...kept, ...started] }
      }
      assert.ok(isSteady(service), JSON.stringify(service.tasks))
      assert.equal(service.tasks.length, service.desired)
      assert.deepEqual(nextSteps(service), { stop: [], start: 0 })
    }),
  )
})

test('a task starts in the zone with the fewest tasks, then with the fewest of its own deployment', () => {
  const zones = ['a', 'b', 'c']
  /** Reads tasks such as `na ob`: n is of the new deployment, a the zone. */
  const placed = (text: string) =>
    text.split(' ').map(word => ({ deployment: word[0] === 'n' ? 'new' : 'old', zone: word[1]! }))
  assert.equal(zoneFor(zones, [], 'new'), 'a')
  assert.equal(zoneFor(zones, placed('oa'), 'new'), 'b')
  assert.equal(zoneFor(zones, placed('oa oc ob oc oa'), 'new'), 'b')
  assert.equal(zoneFor(['a', 'b'], placed('na ob'), 'new'), 'b')
})
