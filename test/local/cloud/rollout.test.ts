import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  deploy,
  failureThreshold,
  firstRollout,
  newDeployment,
  noteFailed,
  noteHealthy,
  type Rollout,
  settle,
} from '../../../local/cloud/tasks/rollout.ts'

const BREAKER = { enable: true, rollback: true }
const NONE = new Set<string>()

/** Returns a completed deployment `one`, replaced by `two` that is in progress. */
function replaced(): Rollout {
  const first = settle(firstRollout(newDeployment('one', 'task:1', 0)), true, new Set(['one']))
  return deploy(first, newDeployment('two', 'task:2', 1000))
}

const fail = (rollout: Rollout, id: string, times: number, breaker = BREAKER): Rollout =>
  Array.from({ length: times }).reduce<Rollout>(before => noteFailed(before, id, breaker, 2), rollout)

const summary = ({ primary, older }: Rollout) => [
  [primary.id, primary.rolloutState, primary.failedTasks],
  older.map(({ id, rolloutState }) => [id, rolloutState]),
]

describe('a rollout', () => {
  test('completes when it is steady, and drops the earlier deployment with its last task', () => {
    const both = replaced()
    assert.deepEqual(summary(settle(both, false, new Set(['one', 'two']))), [
      ['two', 'IN_PROGRESS', 0],
      [['one', 'COMPLETED']],
    ])
    assert.deepEqual(summary(settle(both, true, new Set(['two']))), [['two', 'COMPLETED', 0], []])
  })

  test('is rolled back to the completed deployment after three failed tasks in a row', () => {
    assert.deepEqual(summary(fail(replaced(), 'two', 2)), [['two', 'IN_PROGRESS', 2], [['one', 'COMPLETED']]])
    const back = fail(replaced(), 'two', 3)
    assert.deepEqual(summary(back), [['one', 'IN_PROGRESS', 0], [['two', 'FAILED']]])
    assert.match(back.primary.rolloutStateReason, /rolling back to deploymentId one/)
    assert.deepEqual(summary(settle(back, true, NONE)), [['one', 'COMPLETED', 0], []])
  })

  test('is rolled back although the earlier deployment has no task any more', () => {
    const alone = settle(replaced(), false, new Set(['two']))
    assert.deepEqual(alone.older, [])
    assert.deepEqual(summary(fail(alone, 'two', 3)), [['one', 'IN_PROGRESS', 0], [['two', 'FAILED']]])
  })

  test('counts again after a healthy task', () => {
    const healthy = noteHealthy(fail(replaced(), 'two', 2), 'two')
    assert.deepEqual(summary(fail(healthy, 'two', 2))[0], ['two', 'IN_PROGRESS', 2])
    assert.deepEqual(noteHealthy(healthy, 'one'), healthy)
  })

  test('fails without a deployment to go back to, without a rollback, and after a rollback', () => {
    const first = firstRollout(newDeployment('one', 'task:1', 0))
    assert.deepEqual(summary(fail(first, 'one', 3))[0], ['one', 'FAILED', 3])
    assert.deepEqual(summary(fail(replaced(), 'two', 3, { enable: true, rollback: false }))[0], [
      'two',
      'FAILED',
      3,
    ])
    assert.deepEqual(summary(fail(fail(replaced(), 'two', 3), 'one', 3))[0], ['one', 'FAILED', 3])
  })

  test('never fails without a circuit breaker, after its completion, or by tasks of another deployment', () => {
    assert.equal(
      fail(replaced(), 'two', 9, { enable: false, rollback: false }).primary.rolloutState,
      'IN_PROGRESS',
    )
    const done = settle(replaced(), true, new Set(['two']))
    assert.deepEqual(fail(done, 'two', 9), done)
    assert.deepEqual(fail(replaced(), 'one', 9), replaced())
  })

  test('fails after half of the desired count, at least 3 and at most 200 tasks', () => {
    assert.deepEqual([0, 2, 6, 7, 9, 400, 1000].map(failureThreshold), [3, 3, 3, 4, 5, 200, 200])
  })
})
