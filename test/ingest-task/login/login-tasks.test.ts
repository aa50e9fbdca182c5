import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '../../until.ts'
import { PASSWORD } from '../line-and-stream.ts'
import type { TaskProcess } from '../task-process.ts'
import { openTaskStage } from '../task-stage.ts'
import { openGuardedLine } from './guarded-line.ts'

/** Messages of a task that knows of a refusal. */
const KNOWING = new Set(['login held back', 'connection to the line ended'])

test('two tasks, and a third one in the place of a killed task, make one attempt with a wrong password', async t => {
  const line = await openGuardedLine(t)
  const { start } = await openTaskStage(t, 1)
  const tasks = [start(line.port), start(line.port)]
  // The task that was refused logs the end of its connection, or the refusal that the table has by then.
  const knows = (task: TaskProcess): boolean => task.log.some(({ message }) => KNOWING.has(message))
  await until(() => tasks.every(knows), 'two tasks that know of the refusal')
  assert.equal(line.logins.get(PASSWORD), 1)
  tasks[0]!.child.kill('SIGKILL')
  await tasks[0]!.ended
  await start(line.port).logged('login held back')
  assert.equal(line.logins.get(PASSWORD), 1)
})
