/** The sizes of the drill of reconnects: the long run, and the short run of `npm test`. */
import type { Millis } from '../../../market/units.ts'
import type { ScheduleSize } from './reconnect-schedule.ts'

export interface ReconnectSize {
  /** Each app has a schedule of its own. */
  readonly apps: number
  /** New apps a second at the start, and the quota of connections a second. */
  readonly connects: number
  /** Ticks a second of the market in a calm hour. */
  readonly rate: number
  readonly schedule: ScheduleSize
  /** Times after the start at which environments of broadcast die for {@link crashTime}. */
  readonly crashes: readonly Millis[]
  readonly crashTime: Millis
  /** Time after the last act in which everything must come: trades of long holes come from the history. */
  readonly limit: Millis
  /** Time between two looks at what the apps lack. A look compares everything with the truth. */
  readonly look: Millis
}

const MINUTE: Millis = 60_000

/** Two cores carry this system and its apps. */
export const LONG: ReconnectSize = {
  apps: 300,
  connects: 10,
  rate: 60,
  schedule: {
    length: 8 * MINUTE,
    hole: [1_000, 5 * MINUTE],
    issues: 40,
    issuesPerApp: 4,
    connectionLife: 90_000,
    tokenLife: [40, 120],
  },
  crashes: [1.5 * MINUTE, 4 * MINUTE, 6.5 * MINUTE],
  crashTime: 3_000,
  limit: 7 * MINUTE,
  look: 10_000,
}

export const SHORT: ReconnectSize = {
  apps: 10,
  connects: 10,
  rate: 60,
  schedule: {
    length: 8_000,
    hole: [500, 4_000],
    issues: 10,
    issuesPerApp: 3,
    connectionLife: 8_000,
    tokenLife: [8, 20],
  },
  crashes: [3_000],
  crashTime: 1_500,
  limit: 5 * MINUTE,
  look: 2_000,
}
