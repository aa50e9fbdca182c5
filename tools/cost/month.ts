/** The month of the bill: a twelfth of a year of the exchange's calendar. */
import { PLAN } from '../../cdk/plan.ts'
import { RULES } from '../../market/calendar/calendar.ts'
import { DAY_MICROSECONDS, dateOf, momentOf } from '../../market/moment.ts'
import { phasesOf } from '../../market/phase.ts'
import { addMicros, asTradingDate } from '../../market/units.ts'

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
  /** Hours in which the exchange trades: morning and afternoon session. */
  readonly tradingHours: number
  /** Shards of the stream times hours. */
  readonly shardHours: number
}

export function averageMonth(year: number): Month {
  let [tradingDates, hours, awakeHours, tradingHours, shardHours] = [0, 0, 0, 0, 0]
  const end = momentOf(asTradingDate((year + 1) * 10_000 + 101), 0)
  for (
    let day = momentOf(asTradingDate(year * 10_000 + 101), 0);
    day < end;
    day = addMicros(day, DAY_MICROSECONDS)
  ) {
    const date = dateOf(day)
    const starts = RULES.isTradingDate(date)
      ? phasesOf(RULES.hoursOf(date))
      : [{ phase: 'closed' as const, time: 0 }]
    if (starts.length > 1) tradingDates++
    for (const [index, { phase, time }] of starts.entries()) {
      const long = ((starts[index + 1]?.time ?? DAY_MICROSECONDS) - time) / HOUR
      const { tasks, shards } = PLAN.levels[PLAN.phases[phase]]
      hours += long
      shardHours += long * shards
      if (tasks > 0) awakeHours += long
      if (TRADING.has(phase)) tradingHours += long
    }
  }
  return {
    tradingDates: tradingDates / 12,
    hours: hours / 12,
    awakeHours: awakeHours / 12,
    tradingHours: tradingHours / 12,
    shardHours: shardHours / 12,
  }
}
