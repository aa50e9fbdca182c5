/** What of which trading date should be archived at a market time, and until when. */
import { hoursOf, latestTradingDate } from '../../market/calendar.ts'
import { DAY_MICROSECONDS, momentOf } from '../../market/moment.ts'
import { WIND_DOWN } from '../../market/phase.ts'
import { addMicros, type DayMicros, type EpochMicros, type TradingDate } from '../../market/units.ts'

/**
 * A day is archived twice. `close`: soon after the close, with all but the last that comes; `final`: when the tasks
 * are asleep and nothing can come any more.
 */
export const STAGES = ['close', 'final'] as const
export type Stage = (typeof STAGES)[number]

const MINUTE = 60_000_000

/**
 * The archive of the close ends here (µs after the close): ten minutes after it the exchange sends open, high and low
 * of the whole day (JPX, FLEX Standard).
 */
const CLOSE_UNTIL = 12 * MINUTE
/** A stage that is not done by then (µs after the moment it is about) is overdue: a quarter of an hour is left to act. */
const OVERDUE = 45 * MINUTE

export interface Due {
  /** YYYYMMDD. */
  readonly date: TradingDate
  readonly stage: Stage
}

/** The last microsecond of the day that a stage holds. */
export function stageEnd({ date, stage }: Due): DayMicros {
  return stage === 'final' ? DAY_MICROSECONDS - 1 : hoursOf(date).afternoon.end + CLOSE_UNTIL - 1
}

/**
 * The stage that should be done at market time `now` (epoch µs).
 * @param storeSeconds until a tick is in the table for certain.
 */
export function dueAt(now: EpochMicros, storeSeconds: number): Due {
  const stored = addMicros(now, -storeSeconds * 1_000_000)
  const date = latestTradingDate(stored)
  const close = hoursOf(date).afternoon.end
  const passed = stored - momentOf(date, close)
  if (passed >= WIND_DOWN) return { date, stage: 'final' }
  if (passed >= CLOSE_UNTIL) return { date, stage: 'close' }
  return { date: latestTradingDate(addMicros(momentOf(date, 0), -1)), stage: 'final' }
}

/**
 * Whether somebody must be told at market time `now` (epoch µs).
 * @param done the stage that a date has its archive of, if it has one.
 */
export function isOverdue(date: TradingDate, done: Stage | undefined, now: EpochMicros): boolean {
  const about = hoursOf(date).afternoon.end + (done === undefined ? 0 : WIND_DOWN)
  return now >= momentOf(date, about + OVERDUE)
}
