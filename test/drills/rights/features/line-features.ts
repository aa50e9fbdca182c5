/** What is noticed of the two tasks of a line. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { leaseId, standbyId } from '../../../../tables/control/control-keys.ts'
import type { RightsStage } from '../rights-stage.ts'
import { type Features, item, reports } from './feature.ts'

/** Time until a new task has logged in and holds the lease, on a busy machine (ms). */
const START = { limitMs: 60_000, pollMs: 100 }

const serviceOf = (line: number): string => `IngestService${line}Service`

/** Returns what the tasks of a line have logged. */
function logOf({ logs }: RightsStage, line: number): string {
  const names = readdirSync(logs).filter(name => name.startsWith(serviceOf(line)))
  return names.map(name => readFileSync(join(logs, name), 'utf8')).join('')
}

/** Whether the standby of a line is ready, and how often it has told so; 0 if it is not. */
async function beatOf(stage: RightsStage, line: number): Promise<number> {
  type Task = { readonly task: string }
  const standby = (await item(stage, 'TablesControl', { id: standbyId(line) })) as
    | (Task & { readonly beat: number; readonly ready: boolean })
    | undefined
  const lease = (await item(stage, 'TablesControl', { id: leaseId(line) })) as Task | undefined
  return standby?.ready === true && standby.task !== lease?.task ? standby.beat : 0
}

/** Returns the features of a line. Its new tasks are looked at by several of them. */
export function lineFeatures(line: number): Features {
  /** What the tasks had logged when they were killed, and the features that have looked at what came then. */
  let logged = 0
  const looked = new Set<string>()
  const killTasks = async (stage: RightsStage): Promise<void> => {
    logged = logOf(stage, line).length
    looked.clear()
    stage.cloud.signalTasks(serviceOf(line), 'SIGKILL')
    await reports(stage, line, START)
  }
  /** Returns the log of tasks that a feature has not looked at. */
  const newLog = async (stage: RightsStage, feature: string): Promise<() => string> => {
    if (looked.has(feature)) await killTasks(stage)
    looked.add(feature)
    return () => logOf(stage, line).slice(logged)
  }
  return {
    'messages of the line': async stage => {
      // The first reports may have been in the stream before.
      for (let report = 0; report < 3; report++) await reports(stage, line)
    },
    'a task that takes the line': killTasks,
    'the place where a new task goes on': async stage => {
      const log = await newLog(stage, 'place')
      await stage.wait(() => log().includes('resuming after the published position'), 'a place', START)
    },
    'a standby that is ready': async stage => {
      let first = 0
      await stage.wait(
        async () => {
          const beat = await beatOf(stage, line)
          if (first === 0) first = beat
          return first > 0 && beat > first
        },
        `a standby of line ${line}`,
        START,
      )
    },
    'the exceptions of the calendar in a task': async stage => {
      const log = await newLog(stage, 'calendar')
      await stage.wait(() => log().includes('"figures"'), 'a task that has worked for some time', START)
      if (log().includes('the calendar may lack exceptions')) throw new Error('expected a calendar, got none')
    },
  }
}
