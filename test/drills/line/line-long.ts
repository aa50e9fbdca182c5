/** The line drill: many schedules, some at a time, because each waits most of its time. */
import { figure, formatTable } from '../../../tools/table.ts'
import { type Drill, type DrillResult, report } from '../drill.ts'
import { createTally } from '../tally.ts'
import { describeSchedule, scheduleOf } from './fault-schedule.ts'
import { runDrill } from './line-drill.ts'

const SCHEDULES = 200
const MESSAGES = 1_000_000
const AT_ONCE = 4

/** Runs schedules and adds up the results. */
function openRuns() {
  const failed: number[] = []
  const faults = createTally()
  const sums = createTally()
  return {
    result: (): DrillResult => ({
      failed,
      figures: {
        schedules: sums.of('schedules'),
        messages: sums.of('sent'),
        lost: sums.of('lost'),
        failed: failed.length,
      },
    }),
    faults,
    sums,
    async one(seed: number): Promise<void> {
      const schedule = scheduleOf(seed)
      const start = performance.now()
      try {
        const { sent, published, lost, envelopes } = await runDrill(schedule)
        for (const [name, count] of Object.entries({ sent, published, lost, envelopes }))
          sums.count(name, count)
        const seconds = figure((performance.now() - start) / 1000, 1)
        const names = schedule.steps.map(({ fault }) => fault).join(', ')
        report(
          `  ${String(seed).padStart(3)}  ${figure(sent)} messages, ${figure(lost)} lost, ${seconds} s: ${names}`,
        )
      } catch (error) {
        failed.push(seed)
        console.error(error)
      }
      sums.count('schedules')
      for (const { fault } of schedule.steps) faults.count(fault)
    },
  }
}

export const line: Drill = {
  name: 'line',
  about: `at least ${SCHEDULES} schedules of faults and ${figure(MESSAGES)} messages over a line to the stream`,
  unit: 'schedules',
  async run(count) {
    const { result, faults, sums, one } = openRuns()
    let next = 1
    const goesOn = (): boolean =>
      count === undefined ? next <= SCHEDULES || sums.of('sent') < MESSAGES : next <= count
    const oneAfterTheOther = async (): Promise<void> => {
      while (goesOn()) await one(next++)
    }
    await Promise.all(Array.from({ length: AT_ONCE }, oneAfterTheOther))
    const rows = (tally: typeof sums): string[][] =>
      tally.entries().map(([name, times]) => [name, figure(times)])
    report(
      `\n${formatTable([['fault', 'times'], ...rows(faults)])}\n${formatTable([['in all', ''], ...rows(sums)])}`,
    )
    return result()
  },
  async runSeed(seed) {
    report(describeSchedule(scheduleOf(seed)))
    const { result, one } = openRuns()
    await one(seed)
    return result()
  },
}
