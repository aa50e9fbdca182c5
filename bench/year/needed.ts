/** What the open market needs at a moment, computed without the code of market-hours, and what an account lacks of it. */
import {
  type Level,
  type MarketPlan,
  READER_FUNCTIONS,
  READY_FUNCTIONS,
  RESERVED_FUNCTIONS,
  WARM_TABLES,
} from '../../contract/market-plan.ts'
import type { Hours } from '../../market/calendar/hours.ts'
import { timeOfDay } from '../../market/moment.ts'
import type { EpochMicros, Micros } from '../../market/units.ts'
import { PROVISIONED_CHANGE, type SimulatedAccount, TABLE_CHANGE, TASK_START } from './simulated-account.ts'

const MINUTE = 60_000_000

/** Something that the open market needs and the account does not have. */
export interface Lack {
  readonly what: string
  /** Time that AWS takes from the call of market-hours on. */
  readonly change: Micros
}

/** Returns what the open market needs. @param hours of the date, as the exchange has decided. */
export function neededLevel({ levels, peaks }: MarketPlan, hours: Hours, now: EpochMicros): Level {
  const { orders, morning, afternoon } = hours
  const moments = {
    orders,
    morning: morning.start,
    lunch: morning.end,
    afternoon: afternoon.start,
    close: afternoon.end,
  }
  const isPeak = peaks.some(({ at, before, after }) => {
    const since = timeOfDay(now) - moments[at]
    return -before * MINUTE <= since && since < after * MINUTE
  })
  return isPeak ? levels.peak : levels.awake
}

/** Returns all that an account lacks of a level. */
export function lacksOf(account: SimulatedAccount, level: Level, lines: readonly string[]): Lack[] {
  const { shards, functions, mappings, alarms, canary } = account
  const lacks = (isLacking: boolean, what: string, change: Micros = 0): Lack[] =>
    isLacking ? [{ what, change }] : []
  return [
    ...lines.flatMap(line => lacks(account.working(line) < level.tasks, `a task of ${line}`, TASK_START)),
    ...lacks(shards.open < level.shards, 'shards'),
    ...RESERVED_FUNCTIONS.flatMap(name =>
      lacks((functions.get(name)?.reserved ?? 0) < level.reserved[name], `reserved concurrency of ${name}`),
    ),
    ...READY_FUNCTIONS.flatMap(name =>
      lacks(
        account.ready(name) < level.provisioned[name],
        `provisioned concurrency of ${name}`,
        PROVISIONED_CHANGE,
      ),
    ),
    ...READER_FUNCTIONS.flatMap(name => [
      ...lacks(mappings.get(name)?.enabled !== level.mappings[name].enabled, `the mapping of ${name}`),
      ...lacks(mappings.get(name)?.window !== level.mappings[name].window, `the window of ${name}`),
    ]),
    ...WARM_TABLES.flatMap(name =>
      lacks(account.warm(name) < level.warm[name], `warm throughput of ${name}`, TABLE_CHANGE),
    ),
    ...lacks((canary.State === 'ENABLED') !== level.canary, 'the canary'),
    ...lacks(alarms.areAllEnabled !== level.alarms, 'alarms'),
    ...lacks(alarms.unnotified !== undefined, `the notification of ${alarms.unnotified}`),
  ]
}
