/**
 * A process that runs schedules, one after the other. Its argument is the folder of the image. It answers each
 * {@link Schedule} of its parent by a {@link ChildAnswer}.
 */

import { openDrillHouse, runStandbyDrill, type StandbyReport } from './standby-drill.ts'
import type { Schedule } from './standby-schedule.ts'

/** `problem`: why the schedule could not be carried out. */
export type ChildAnswer = { readonly report: StandbyReport } | { readonly problem: string }

const house = await openDrillHouse(process.argv[2]!)

async function run(schedule: Schedule): Promise<ChildAnswer> {
  try {
    return { report: await runStandbyDrill(house, schedule) }
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined
    return { problem: `${String(error)}\n${String(cause)}` }
  }
}

// The parent process is gone, or has no more schedules.
process.on('disconnect', async () => {
  await house[Symbol.asyncDispose]()
  process.exit()
})
process.on('message', async (schedule: Schedule) => {
  process.send?.(await run(schedule))
})
