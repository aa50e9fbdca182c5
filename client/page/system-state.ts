/** The state of a local system: the phases of the day, and the tasks that run. Only a page of `npm start` shows it. */
import type { Phase } from '../../market/market-event.ts'

/** Tasks of a line. */
export interface LineTasksJson {
  readonly line: number
  readonly running: number
  readonly desired: number
  /** Whether a task holds the lease of the line and renews it: this task publishes. */
  readonly publishes: boolean
  /** Whether another task has proved that it works, so that it can take over. */
  readonly standby: boolean
}

export interface SystemJson {
  /** The phases of the trading date of this moment, from the first on that is not closed. Empty on other dates. */
  readonly phases: readonly { readonly phase: Phase; readonly from: string }[]
  /** The level of the plan of market-hours. Absent before its first run. */
  readonly level?: string
  /** Line 1 first. */
  readonly lines: readonly LineTasksJson[]
}
