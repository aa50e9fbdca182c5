import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { createTally } from '../tally.ts'
import { describeSchedule, FAULTS, PASSES, ROUND, scheduleOf } from './delivery-schedule.ts'
import { POISONS } from './drill-market.ts'
import { bundleStoreTicks } from './mortal-function.ts'
import { runDrill } from './store-drill.ts'

const bundle = bundleStoreTicks()
after(() => bundle[Symbol.dispose]())
const happened = createTally()

// The drills mostly wait, so they run at the same time.
describe('a reader gets each tick once and in order after any faults of writes', {
  concurrency: ROUND,
}, () => {
  for (let seed = 1; seed <= ROUND; seed++) {
    const schedule = scheduleOf(seed)
    test(describeSchedule(schedule).split('\n')[0]!, async () => {
      const { ticks, tally } = await runDrill(schedule, bundle)
      assert.ok(ticks > 6000, `${ticks} ticks`)
      for (const [name, times] of tally.entries()) happened.count(name, times)
    })
  }
})

test('every fault and every poison of the schedules happened', () => {
  for (const name of [...Object.keys(FAULTS), ...PASSES, ...POISONS.map(kind => `poison: ${kind}`)]) {
    assert.ok(happened.of(name) > 0, `${name} happened`)
  }
  for (const ending of ['whole batch', 'part of the batch', 'NothingStored', 'Runtime.ExitError']) {
    assert.ok(happened.of(`invocation: ${ending}`) > 0, `an invocation ended with ${ending}`)
  }
})
