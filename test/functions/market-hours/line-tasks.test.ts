import assert from 'node:assert/strict'
import { test } from 'node:test'
import { missingTasks } from '../../../functions/market-hours/line-tasks.ts'

const line = (name: string, value: number, running: number) => ({ kind: 'tasks', name, value, running })

test('missing tasks are those that a line should have and that do not run', () => {
  assert.equal(missingTasks([line('line 1', 2, 2), line('line 2', 2, 1), line('line 3', 2, 0)]), 3)
  assert.equal(missingTasks([]), 0)
})

test('tasks that a deployment or an end leaves running make up for no other line', () => {
  assert.equal(missingTasks([line('line 1', 2, 3), line('line 2', 0, 2), line('line 3', 2, 1)]), 1)
})

test('other values with less running than wanted are no tasks', () => {
  assert.equal(missingTasks([{ kind: 'provisioned', name: 'connect', value: 5, running: 0 }]), 0)
})
