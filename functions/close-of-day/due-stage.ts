/** Decides which stage of which trading date should be archived at a market time. */
import type { Stage } from '../../archive/manifest.ts'
import type { Calendar } from '../../market/calendar/calendar.ts'
import { DAY_MICROSECONDS, dateOf, momentOf } from '../../market/moment.ts'
import { WIND_DOWN } from '../../market/phase.ts'
import { addMicros, type DayMicros, type EpochMicros, type TradingDate } from '../../market/units.ts'

const MINUTE = 60_000_000

/**
 * End of the `close` stage (µs after the close). Ten minutes after the close the exchange sends open, high and low of
 * the whole day (JPX, FLEX Standard).
 */
const CLOSE_UNTIL = 12 * MINUTE
/** A stage is overdue this long (µs) after the close or the wind-down. A quarter of an hour is left to act. */
const OVERDUE = 45 * MINUTE

/** A stage of a trading date. */
export interface Due {
  readonly date: TradingDate
  readonly stage: Stage
}

/** Returns the last microsecond of the day whose ticks a stage has. */
export function stageEnd({ date, stage }: Due, calendar: Calendar): DayMicros {
  return stage === 'final' ? DAY_MICROSECONDS - 1 : calendar.hoursOf(date).afternoon.end + CLOSE_UNTIL - 1
}

export interface DueContext {
  /** Seconds until a tick is in the table for certain. */
  readonly storeSeconds: number
  readonly calendar: Calendar
  /** Whether ingest tasks run although the trading date should be over: then more ticks may come. */
  readonly tasksRun: boolean
}

/**
 * Returns the stage that should be archived at market time `now` (epoch µs). The final stage of today waits for the end of the
 * tasks.
 */
export function dueAt(now: EpochMicros, { storeSeconds, calendar, tasksRun }: DueContext): Due {
  const storedUntil = addMicros(now, -storeSeconds * 1_000_000)
  const date = calendar.latestTradingDate(storedUntil)
  const sinceClose = storedUntil - momentOf(date, calendar.hoursOf(date).afternoon.end)
  const mayFollow = tasksRun && date === dateOf(now)
  if (sinceClose >= WIND_DOWN && !mayFollow) return { date, stage: 'final' }
  if (sinceClose >= CLOSE_UNTIL) return { date, stage: 'close' }
  return { date: calendar.tradingDateBefore(date), stage: 'final' }
}

/**
 * Returns whether the next stage of a date is overdue at market time `now` (epoch µs).
 * @param done the stage of the date's archive, if there is one.
 */
export function isOverdue(
  date: TradingDate,
  done: Stage | undefined,
  now: EpochMicros,
  calendar: Calendar,
): boolean {
  const start = calendar.hoursOf(date).afternoon.end + (done === undefined ? 0 : WIND_DOWN)
  return now >= momentOf(date, start + OVERDUE)
}
