/** The month of the bill: a twelfth of a year of the exchange's calendar and of the plan of market-hours. */
import { PLAN } from '../../cdk/plan.ts'
import { READY_FUNCTIONS } from '../../contract/market-plan.ts'
import { bordersOf, plannedLevel } from '../../functions/market-hours/trading-day.ts'
import { RULES } from '../../market/calendar/calendar.ts'
import { DAY_MICROSECONDS, dateOf, momentOf } from '../../market/moment.ts'
import { addMicros, asTradingDate, type EpochMicros } from '../../market/units.ts'

/** Months differ by up to five trading dates. The bill is for an average month of this year. */
export const YEAR = 2026
const HOUR = 3_600_000_000
/** Phases in which the exchange trades. */
const TRADING: ReadonlySet<string> = new Set(['morning', 'afternoon', 'closing'])

export interface Month {
  /** Dates on which the exchange trades. */
  readonly tradingDates: number
  /** All hours of the month. */
  readonly hours: number
  /** Hours in which tasks run. */
  readonly awakeHours: number
  /** Hours of the second task of a line. */
  readonly standbyHours: number
  /** Hours in which the canary is on. */
  readonly canaryHours: number
  /** Hours in which the exchange trades: morning and afternoon session. */
  readonly tradingHours: number
  /** Shards of the stream times hours. */
  readonly shardHours: number
  /** Environments that are kept ready times hours, by function. */
  readonly readyHours: Readonly<Record<(typeof READY_FUNCTIONS)[number], number>>
}

export function averageMonth(year: number): Month {
  let [tradingDates, hours, awakeHours, standbyHours, canaryHours] = [0, 0, 0, 0, 0]
  let [tradingHours, shardHours] = [0, 0]
  const readyHours = { connect: 0, message: 0, broadcast: 0, 'push-room': 0 }
  const end = momentOf(asTradingDate((year + 1) * 10_000 + 101), 0)
  for (
    let day = momentOf(asTradingDate(year * 10_000 + 101), 0);
    day < end;
    day = addMicros(day, DAY_MICROSECONDS)
  ) {
    const starts = startsOf(day)
    if (starts.length > 1) tradingDates++
    for (const [index, start] of starts.entries()) {
      const long = ((starts[index + 1] ?? addMicros(day, DAY_MICROSECONDS)) - start) / HOUR
      const { phase, level } = plannedLevel(PLAN, RULES, start)
      const { tasks, shards, provisioned, canary } = PLAN.levels[level]
      hours += long
      shardHours += long * shards
      if (tasks > 0) awakeHours += long
      if (tasks > 1) standbyHours += long
      if (canary) canaryHours += long
      if (TRADING.has(phase)) tradingHours += long
      for (const name of READY_FUNCTIONS) readyHours[name] += (long * provisioned[name]) / 12
    }
  }
  return {
    tradingDates: tradingDates / 12,
    hours: hours / 12,
    awakeHours: awakeHours / 12,
    standbyHours: standbyHours / 12,
    canaryHours: canaryHours / 12,
    tradingHours: tradingHours / 12,
    shardHours: shardHours / 12,
    readyHours,
  }
}

/** Returns the times of a day at which the level or the phase changes, midnight included. */
function startsOf(midnight: EpochMicros): EpochMicros[] {
  const date = dateOf(midnight)
  return [midnight, ...(RULES.isTradingDate(date) ? bordersOf(PLAN, RULES, date) : [])]
}
