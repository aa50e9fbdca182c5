/** Work of a month that several lines of the bills share. */
import { LANES, STORE_WINDOW_SECONDS } from '../../cdk/sizing.ts'
import { LINES } from '../../market/lane.ts'
import {
  ENVELOPE_BYTES_A_TICK,
  LOG_BYTES_A_ROUND,
  LOG_BYTES_A_STANDBY_SECOND,
  LOG_BYTES_A_TASK_SECOND,
  LOG_BYTES_AN_INVOCATION,
} from './measured.ts'
import type { Month } from './month.ts'
import * as sizes from './sizes.ts'
import type { Traffic, Usage } from './traffic.ts'

/** A token lives an hour in Cognito (cdk/users/user-directory.ts), so an app renews it about this often. */
export const RENEWALS_AN_HOUR = 1
/** In addition to its subscription, an app sends a ping every four minutes (docs/protocol.md), and renewed tokens. */
const MESSAGES_AN_HOUR = 15 + RENEWALS_AN_HOUR
/** A connection lives two hours (API Gateway quota), so an app connects about this often in a trading date. */
const CONNECTS_A_DATE = 3

/** What a month has to do. */
export interface Work {
  readonly usage: Usage
  readonly traffic: Traffic
  readonly month: Month
  /** Seconds of trading. */
  readonly seconds: number
  readonly envelopeBytes: number
  /** Batches of store-ticks. */
  readonly batches: number
  /** Posts to apps. */
  readonly posts: number
  /** Messages from apps. */
  readonly asked: number
  readonly connects: number
  /** Rounds of broadcast. */
  readonly rounds: number
  /** Invocations of push-room. */
  readonly pushes: number
  /** Invocations of the functions that run every five minutes. */
  readonly calls: number
  /** Invocations of the canary. */
  readonly canaries: number
  /** Hours of one ingest task a line, and of the second tasks. */
  readonly taskHours: number
  readonly standbyHours: number
}

export function workOf(usage: Usage, traffic: Traffic, month: Month): Work {
  const seconds = month.tradingHours * 3600
  const rounds = traffic.rounds * seconds
  return {
    usage,
    traffic,
    month,
    seconds,
    envelopeBytes: usage.ticks * ENVELOPE_BYTES_A_TICK,
    // The upper bound: each lane has a batch of its own at the end of each window.
    batches: Math.min(usage.ticks, (LINES * LANES * seconds) / STORE_WINDOW_SECONDS),
    posts: traffic.posts * seconds,
    asked: usage.connections * month.tradingHours * MESSAGES_AN_HOUR,
    connects: usage.connections * month.tradingDates * CONNECTS_A_DATE,
    rounds,
    pushes: traffic.pushes * seconds,
    calls: sizes.SCHEDULES * sizes.CALLS_AN_HOUR * month.hours,
    canaries: sizes.CANARY_CALLS_AN_HOUR * month.canaryHours,
    taskHours: LINES * month.awakeHours,
    standbyHours: LINES * month.standbyHours,
  }
}

export function invocationsOf({ rounds, pushes, asked, connects, batches, calls, canaries }: Work): number {
  const ofCanary = canaries * (1 + sizes.CANARY_REQUESTS)
  return rounds + pushes + asked + 2 * connects + batches + calls + ofCanary
}

/** Returns the bytes that functions and tasks log. */
export function logBytesOf(work: Work): number {
  const { rounds, pushes, taskHours, standbyHours } = work
  const taskBytes = 3600 * (taskHours * LOG_BYTES_A_TASK_SECOND + standbyHours * LOG_BYTES_A_STANDBY_SECOND)
  const others = invocationsOf(work) - rounds - pushes
  return rounds * LOG_BYTES_A_ROUND + others * LOG_BYTES_AN_INVOCATION + taskBytes
}
