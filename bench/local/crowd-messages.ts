/** What the benchmark and the process of its many clients exchange. */
import * as v from 'valibot'

/** Argument of the process, as JSON. */
export const crowdPlanSchema = v.object({
  websocketUrl: v.string(),
  tokenUrl: v.string(),
  /** The market clock, as `parseClock` reads it. */
  clock: v.string(),
  /** All issues; each client takes `issuesPerClient` of them. */
  issues: v.array(v.string()),
  clients: v.number(),
  issuesPerClient: v.number(),
  /** The pace that each client asks for, ms. */
  pace: v.number(),
  measureSeconds: v.number(),
})
export type CrowdPlan = v.InferOutput<typeof crowdPlanSchema>

/** Sent once every client holds a board of each of its issues and the first boards have passed. */
export const MEASURING = 'measuring'

/** Sent at the end. */
export interface CrowdReport {
  /** Updates that all clients received while measuring. */
  readonly updates: number
  /** Milliseconds from the exchange's time of a tick to its arrival at a client. The wait for the pace is a part. */
  readonly p50: number
  readonly p99: number
  /** The same without the wait for the pace. */
  readonly beyondPaceP50: number
  readonly beyondPaceP99: number
}
