import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { describeSchedule, FAULTS, ROUND, type Schedule, scheduleOf } from './fault-schedule.ts'
import { runDrill } from './line-drill.ts'

const schedules: readonly Schedule[] = Array.from({ length: ROUND }, (_, index) => scheduleOf(index + 1))

test('a round of schedules has every fault', () => {
  const faults = new Set(schedules.flatMap(({ steps }) => steps.map(({ fault }) => fault)))
  assert.deepEqual([...faults].sort(), [...FAULTS].sort())
})

// The drills wait most of their time.
describe('after any schedule of faults, the last boards are those of the exchange', {
  concurrency: 3,
}, () => {
  for (const schedule of schedules) {
    test(describeSchedule(schedule).split('\n')[0]!, async () => {
      const { sent, published, lost } = await runDrill(schedule)
      assert.ok(sent > 3000, `${sent} messages`)
      assert.equal(published + lost, sent)
    })
  }
})
