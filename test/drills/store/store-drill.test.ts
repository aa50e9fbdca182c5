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

// Most of their time they wait.
describe('whatever happens to writes, a reader sees each tick once and in order', {
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

test('every fault and every poison of a schedule did happen', () => {
  for (const name of [...Object.keys(FAULTS), ...PASSES, ...POISONS.map(kind => `poison: ${kind}`)]) {
    assert.ok(happened.of(name) > 0, `${name} happened`)
  }
  for (const ending of ['whole batch', 'part of the batch', 'NothingStored', 'Runtime.ExitError']) {
    assert.ok(happened.of(`invocation: ${ending}`) > 0, `an invocation ended with ${ending}`)
  }
})
