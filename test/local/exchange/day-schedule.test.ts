import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createSchedule } from '../../../local/exchange/day-schedule.ts'

test('a schedule returns tasks by time, and tasks of equal time in the order of planning', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 })), times => {
      const schedule = createSchedule<number>()
      for (const [index, time] of times.entries()) schedule.plan(time, index)
      const taken = times.map(() => {
        const { nextTime } = schedule
        const { time, task } = schedule.take()
        assert.equal(time, nextTime)
        return { time, task }
      })
      const expected = times.map((time, task) => ({ time, task })).sort((a, b) => a.time - b.time)
      assert.deepEqual(taken, expected)
      assert.equal(schedule.nextTime, Number.POSITIVE_INFINITY)
    }),
  )
})

test('an empty schedule refuses to return a task', () => {
  assert.throws(() => createSchedule().take(), /expected a planned task, got an empty schedule/)
})
