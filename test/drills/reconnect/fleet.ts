/** All apps of the drill, each with a seeded schedule. */
import { setTimeout as sleep } from 'node:timers/promises'
import { randomOf } from '../seed.ts'
import { type DrillApp, openApp } from './drill-app.ts'
import type { FleetPlan, FleetReport, RunReport } from './fleet-commands.ts'
import { type AppSchedule, makeSchedule } from './reconnect-schedule.ts'

export interface Fleet {
  run(): Promise<RunReport>
  report(): FleetReport
  close(): Promise<void>
}

export function createFleet(plan: FleetPlan): Fleet {
  const boards = new Map<string, number>()
  const apps: DrillApp[] = []
  const schedules = Array.from({ length: plan.apps }, (_, index) =>
    makeSchedule(randomOf(`reconnect ${plan.seed}`, index), plan.size),
  )
  return {
    async run() {
      const plays: Promise<void>[] = []
      for (const [index, schedule] of schedules.entries()) {
        const app = await openApp({ user: `app-${index}`, schedule, plan, boards })
        apps.push(app)
        plays.push(app.play())
        await sleep(1_000 / plan.connects)
      }
      await Promise.all(plays)
      return countActs(schedules)
    },
    report: () => ({
      apps: apps.map(({ recorder, barsOf }) => ({ record: recorder.record, barsOf })),
      boards,
    }),
    async close() {
      await Promise.all(apps.map(app => app.close()))
    },
  }
}

function countActs(schedules: readonly AppSchedule[]): RunReport {
  const count = (kind: AppSchedule['acts'][number]['kind']): number =>
    schedules.reduce((sum, { acts }) => sum + acts.filter(act => act.kind === kind).length, 0)
  return { cuts: count('cut'), holes: count('hole'), tokenFaults: count('no-token') }
}
