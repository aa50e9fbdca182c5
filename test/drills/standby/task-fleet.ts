/** The tasks of a line as ECS runs them: two, each replaced after it has ended. */
import { setTimeout as wait } from 'node:timers/promises'
import type { DrillControl } from './drill-control.ts'
import { BAD_IMAGES, type Defect, type DrillTask, startDrillTask, type TaskPlan } from './drill-task.ts'

/** Tasks of the line. */
const TASKS = 2
/** Time from the end of a task to the start of the next, ms. ECS takes longer: meanwhile the line has one task. */
const RESTART_MS = 300

export interface Fleet {
  /** All tasks so far, oldest first. */
  readonly all: readonly DrillTask[]
  /** Tasks that run. */
  readonly running: readonly DrillTask[]
  /** The task that holds the lease, if it runs. */
  readonly holder: DrillTask | undefined
  /** A task that runs and does not hold the lease. */
  readonly standby: DrillTask | undefined
  /** Whether the line has a holder and a ready standby. */
  isWhole(): boolean
  /** Starts a task in addition, which is not replaced if its image is bad. */
  start(defect?: Defect): Promise<DrillTask>
  /** Notes that a task is not replaced when it ends. */
  abandon(task: DrillTask): void
  /** Sends SIGTERM. The task is not replaced. Resolves when it has ended. */
  retire(task: DrillTask): Promise<void>
  /** Stops all tasks in good order. */
  stop(): Promise<void>
  close(): Promise<void>
}

export type FleetPlan = Pick<TaskPlan, 'image' | 'folder' | 'marketClock' | 'ports'>

/** Starts the tasks. @param clockErrors how far the clocks of the first tasks are ahead, ms. */
export async function startFleet(
  plan: FleetPlan,
  clockErrors: readonly number[],
  control: DrillControl,
): Promise<Fleet> {
  const all: DrillTask[] = []
  const retired = new Set<DrillTask>()
  let isOver = false
  const running = (): DrillTask[] => all.filter(task => !task.hasEnded)

  const start = async (defect?: Defect): Promise<DrillTask> => {
    const number = all.length
    const task = await startDrillTask({
      ...plan,
      name: `task-${number + 1}`,
      clockErrorMs: clockErrors[number] ?? 0,
      defect,
    })
    all.push(task)
    if (!BAD_IMAGES.some(bad => bad === defect)) void replaceAtEnd(task)
    return task
  }
  const replaceAtEnd = async (task: DrillTask): Promise<void> => {
    await task.ended
    await wait(RESTART_MS)
    if (!isOver && !retired.has(task)) await start()
  }
  for (let count = 0; count < TASKS; count++) await start()

  const fleet: Fleet = {
    all,
    get running() {
      return running()
    },
    get holder() {
      return running().find(({ name }) => name === control.holder)
    },
    get standby() {
      return running().find(({ name }) => name !== control.holder)
    },
    isWhole: () =>
      fleet.holder !== undefined &&
      running().some(task => task !== fleet.holder && control.isReady(task.name)),
    start,
    abandon(task) {
      retired.add(task)
    },
    retire(task) {
      retired.add(task)
      return task.stop()
    },
    async stop() {
      isOver = true
      await Promise.all(running().map(task => task.stop()))
    },
    async close() {
      isOver = true
      await Promise.all(all.map(task => task.close()))
    },
  }
  return fleet
}
