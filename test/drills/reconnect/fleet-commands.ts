/** What the drill and the process of its apps exchange. */
import * as v from 'valibot'
import type { AppRecord } from './app-record.ts'

/** Argument of the process, as JSON. */
export const fleetPlanSchema = v.object({
  seed: v.number(),
  /** Ports of the gateway's WebSocket and HTTP APIs on this machine, and the paths of the addresses. */
  websocketUrl: v.string(),
  historyUrl: v.string(),
  /** `POST` with the parameters `user` and `seconds` returns a token as text. */
  tokenUrl: v.string(),
  issues: v.array(v.string()),
  apps: v.number(),
  /** New apps a second at the start. */
  connects: v.number(),
  size: v.object({
    length: v.number(),
    hole: v.tuple([v.number(), v.number()]),
    issues: v.number(),
    issuesPerApp: v.number(),
    connectionLife: v.number(),
    tokenLife: v.tuple([v.number(), v.number()]),
  }),
})
export type FleetPlan = v.InferOutput<typeof fleetPlanSchema>

export type FleetCommand =
  /** Opens all apps and plays their schedules. Answered when all are over, and all networks work. */
  | { readonly kind: 'run' }
  /** Asks for everything that the apps have received so far. */
  | { readonly kind: 'report' }
  | { readonly kind: 'close' }

export interface FleetReport {
  /** With the issue of the app's bars. */
  readonly apps: readonly { readonly record: AppRecord; readonly barsOf: string }[]
  readonly boards: ReadonlyMap<string, number>
}

/** What the schedules of all apps had. */
export interface RunReport {
  readonly cuts: number
  readonly holes: number
  readonly tokenFaults: number
}

export interface FleetAnswers {
  readonly run: RunReport
  readonly report: FleetReport
  readonly close: null
}
