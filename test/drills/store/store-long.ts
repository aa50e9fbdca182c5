/** The long run of the store drills. Several run at a time, because they mostly wait. */
import { figure, formatTable } from '../../../tools/table.ts'
import { type Drill, type DrillResult, report } from '../drill.ts'
import { createTally } from '../tally.ts'
import { describeSchedule, scheduleOf } from './delivery-schedule.ts'
import { bundleStoreTicks } from './mortal-function.ts'
import { runDrill } from './store-drill.ts'

const SCHEDULES = 100
const AT_ONCE = 3

/** Runs the schedules of the seeds and prints the sums of their counts. */
async function runAll(seeds: Iterator<number>): Promise<DrillResult> {
  using bundle = bundleStoreTicks()
  const failed: number[] = []
  const sums = createTally()
  let schedules = 0
  const runSeeds = async (): Promise<void> => {
    for (let next = seeds.next(); next.done !== true; next = seeds.next()) {
      const seed = next.value
      const start = performance.now()
      try {
        const { ticks, tally } = await runDrill(scheduleOf(seed), bundle)
        for (const [name, times] of tally.entries()) sums.count(name, times)
        sums.count('ticks read back', ticks)
        schedules++
        const seconds = figure((performance.now() - start) / 1000, 1)
        report(`  ${String(seed).padStart(3)}  ${figure(ticks)} ticks read back, ${seconds} s`)
      } catch (error) {
        failed.push(seed)
        console.error(error)
      }
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, runSeeds))
  const rows = sums.entries().map(([name, times]) => [name, figure(times)])
  report(`\n${formatTable([['what happened', 'times'], ...rows])}`)
  const figures = {
    schedules: schedules + failed.length,
    ticks: sums.of('ticks read back'),
    failed: failed.length,
  }
  return { failed, figures }
}

function* seedsUntil(last: number): Generator<number> {
  for (let seed = 1; seed <= last; seed++) yield seed
}

export const store: Drill = {
  name: 'store',
  about: `${SCHEDULES} schedules of faults between the stream and the table of ticks, with replays`,
  unit: 'schedules',
  run: (count = SCHEDULES) => runAll(seedsUntil(count)),
  async runSeed(seed) {
    report(describeSchedule(scheduleOf(seed)))
    return runAll([seed].values())
  },
}
