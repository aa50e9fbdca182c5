/** What the drill and the process of its clients exchange: commands, and an answer to each. */
import * as v from 'valibot'
import type { EpochMicros, Millis } from '../../../market/units.ts'
import type { FaultName } from './client-faults.ts'
import type { TradeCounts, TrueTrades } from './trade-ledger.ts'
import type { WaitCount } from './wait-histogram.ts'

/** Argument of the process, as JSON. */
export const drillCrowdSchema = v.object({
  seed: v.number(),
  websocketUrl: v.string(),
  tokenUrl: v.string(),
  /** The market clock, as `parseClock` reads it. */
  clock: v.string(),
  /** All issues, the busiest first. */
  issues: v.array(v.string()),
  clients: v.number(),
  issuesPerClient: v.number(),
  /** New connections a second, while clients do not fail. */
  connects: v.number(),
  /** Clients that wait to be served at the same time while all connect. */
  mostWaiting: v.number(),
  pace: v.number(),
})
export type DrillCrowdPlan = v.InferOutput<typeof drillCrowdSchema>

export type CrowdCommand =
  /** Connects every client. Answered when all are served. */
  | { readonly kind: 'connect' }
  /** Begins a phase, with the fault of the clients if there is one. */
  | { readonly kind: 'begin'; readonly fault?: FaultName; readonly share: number }
  /** Ends the fault of the clients. Answered when all are served. */
  | { readonly kind: 'end-fault' }
  /** Answered when the clients that are not faulty have so many trades of the phase. */
  | { readonly kind: 'await-trades'; readonly count: number }
  /** Ends the phase. */
  | { readonly kind: 'cut' }
  /** Compares the phase with the trades of the exchange. Trades up to `dueUntil` (µs of the day) must have come. */
  | { readonly kind: 'check'; readonly truth: TrueTrades; readonly dueUntil: number }
  /** Closes every connection, and ends the process. */
  | { readonly kind: 'close' }

/** Answer to `begin`. */
export interface BegunReport {
  /** User agents of the clients that are faulty themselves. */
  readonly faulty: readonly string[]
}

/** Answer to `connect` and `end-fault`. */
export interface ServedReport {
  /** Time until all clients were served (ms). */
  readonly servedAfter: Millis
  /** Issues of which clients asked for missed trades and got no answer. */
  readonly unanswered: number
}

/** Answer to `cut`. Clients that are faulty themselves do not count. */
export interface CutReport {
  /** Market time of the cut. */
  readonly at: EpochMicros
  /** From the market time of each trade to its arrival. */
  readonly waits: readonly WaitCount[]
  /** Lost connections. */
  readonly dropped: number
  /** Snapshots that clients requested because updates were missing. */
  readonly gaps: number
}

export interface CrowdAnswers {
  readonly connect: ServedReport
  readonly begin: BegunReport
  readonly 'end-fault': ServedReport
  readonly 'await-trades': null
  readonly cut: CutReport
  readonly check: TradeCounts
  readonly close: null
}
