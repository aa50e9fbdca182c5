/** The drills of a line in their long mode: some at a time, because most of their time they wait. */
import { figure, formatTable } from '../../../bench/table.ts'
import { type Drill, tell } from '../drill.ts'
import { createTally } from '../tally.ts'
import { runDrill } from './drill.ts'
import { describeSchedule, scheduleOf } from './schedule.ts'

const SCHEDULES = 200
const MESSAGES = 1_000_000
const AT_ONCE = 4

export const line: Drill = {
  name: 'line',
  about: `at least ${SCHEDULES} schedules of faults and ${figure(MESSAGES)} messages over a line to the stream`,
  async run(seed) {
    const failed: number[] = []
    const faults = createTally()
    const sums = createTally()
    const one = async (number: number): Promise<void> => {
      const schedule = scheduleOf(number)
      if (seed !== undefined) tell(describeSchedule(schedule))
      const start = performance.now()
      try {
        const { sent, published, lost, envelopes } = await runDrill(schedule)
        for (const [name, count] of Object.entries({ sent, published, lost, envelopes }))
          sums.count(name, count)
        const seconds = figure((performance.now() - start) / 1000, 1)
        const names = schedule.steps.map(({ fault }) => fault).join(', ')
        tell(
          `  ${String(number).padStart(3)}  ${figure(sent)} messages, ${figure(lost)} lost, ${seconds} s: ${names}`,
        )
      } catch (error) {
        failed.push(number)
        console.error(error)
      }
      sums.count('schedules')
      for (const { fault } of schedule.steps) faults.count(fault)
    }
    if (seed !== undefined) {
      await one(seed)
      return failed
    }
    let next = 1
    const oneAfterTheOther = async (): Promise<void> => {
      while (next <= SCHEDULES || sums.of('sent') < MESSAGES) await one(next++)
    }
    await Promise.all(Array.from({ length: AT_ONCE }, oneAfterTheOther))
    const rows = (tally: typeof sums): string[][] =>
      tally.entries().map(([name, count]) => [name, figure(count)])
    tell(
      `\n${formatTable([['fault', 'times'], ...rows(faults)])}\n${formatTable([['in all', ''], ...rows(sums)])}`,
    )
    return failed
  },
}
