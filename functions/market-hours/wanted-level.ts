/** Decides the level that holds now: by the plan, the hold, the signals of the market, and the archive of the day. */
import type { Stage } from '../../archive/manifest.ts'
import { isAtLeast, type LevelName, type MarketPlan } from '../../contract/market-plan.ts'
import type { Calendar } from '../../market/calendar/calendar.ts'
import type { Phase } from '../../market/market-event.ts'
import { dateOf, isoDate, momentToIso, timeOfDay } from '../../market/moment.ts'
import type { EpochMicros, TradingDate } from '../../market/units.ts'
import type { Hold } from '../../tables/control/hold-item.ts'
import { lastClose, plannedLevel } from './trading-day.ts'

/**
 * Market time (µs). Ticks flow if the last ones came within two runs of the schedule, so that a run that was missed hides none.
 */
const TICKS_FLOW = 10 * 60_000_000
const MINUTE = 60_000_000

/** What could not be read. */
export const UNKNOWN = 'unknown'
export type OrUnknown<T> = T | typeof UNKNOWN

/** Phases in which the exchange trades or accepts orders. In the lunch break it goes on soon. */
const OPEN_PHASES: ReadonlySet<Phase> = new Set([
  'order-acceptance',
  'morning',
  'lunch',
  'afternoon',
  'closing',
])

/** What tells how far the market and its archive are. */
export interface Signals {
  /** The phase that the lines reported last, today. Undefined if they reported none, or if no line reports any more. */
  readonly linePhase: Phase | undefined
  /** When ticks were last seen to come. Undefined if never. */
  readonly lastTicks: EpochMicros | undefined
  /** The newest trading date of which a line has published messages. Undefined if none has. */
  readonly newest: TradingDate | undefined
  /** How far the date of the last close is archived. `whole`: finally, and nothing is missing. */
  readonly archived: OrUnknown<Stage | 'whole' | undefined>
}

export interface LevelInput {
  readonly now: EpochMicros
  readonly plan: MarketPlan
  readonly calendar: Calendar
  readonly hold: Hold | undefined
  /** Undefined if they could not be read. */
  readonly signals: Signals | undefined
  /** Whether tasks run, or are wanted. */
  readonly hasTasks: boolean
}

/** A level that something demands at least. */
interface Demand {
  readonly level: LevelName
  readonly reason: string
}

export interface LevelChoice extends Demand {
  readonly phase: Phase
  /** Nothing that the market needs may become less: it is open, or it is not known to be closed. */
  readonly keepsAll: boolean
  /** Whether the weekly maintenance window holds, in which only slow moves are made. */
  readonly maintenance: boolean
  /** What should be done by now, and is not. */
  readonly late: string | undefined
}

/** Returns the level that holds now: the highest that the plan, the archive, the hold or the market demands. */
export function wantedLevel(input: LevelInput): LevelChoice {
  const { now, plan, calendar, hasTasks } = input
  const { phase, ...ofPlan } = plannedLevel(plan, calendar, now)
  const hold = input.hold !== undefined && input.hold.until > now ? input.hold : undefined
  const held = `hold ${hold?.mode} until ${momentToIso(hold?.until ?? now)}: ${hold?.reason}`
  const late = phase === 'closed' ? lateArchive(input) : undefined
  // A hold replaces the plan. It does not stop tasks of an open market: it may be a mistake.
  const planned: Demand = hold?.mode === 'closed' ? { level: 'asleep', reason: held } : ofPlan
  const open = hasTasks ? openDemand(input) : undefined
  const demands: readonly (Demand | undefined)[] = [
    phase === 'closed' && hold?.mode !== 'closed' ? archiveDemand(input) : undefined,
    hold?.mode === 'open' ? { level: 'awake', reason: held } : undefined,
    open,
  ]
  const highest = demands.reduce<Demand>(
    (most, demand) => (demand === undefined || isAtLeast(most.level, demand.level) ? most : demand),
    planned,
  )
  const isIdle = highest.level === 'asleep' && !hasTasks && hold === undefined
  return {
    phase,
    ...highest,
    keepsAll: open !== undefined,
    maintenance: isIdle && isMaintenance(plan, now),
    late,
  }
}

/** Returns what the market demands while it is open, or while nobody knows whether it is. */
function openDemand({ signals, now }: LevelInput): Demand | undefined {
  if (signals === undefined) {
    return { level: 'warm', reason: 'it is not known whether the market is open' }
  }
  const { linePhase, lastTicks } = signals
  if (linePhase !== undefined && OPEN_PHASES.has(linePhase)) {
    return { level: 'awake', reason: `a line reports the phase ${linePhase}` }
  }
  if (lastTicks !== undefined && now - lastTicks < TICKS_FLOW) return { level: 'warm', reason: 'ticks come' }
  return undefined
}

/** Returns what the archive of the last close demands, until the time at which it is late. */
function archiveDemand({ now, plan, calendar, signals, hasTasks }: LevelInput): Demand | undefined {
  const { date, minutes } = lastClose(calendar, now)
  const archived = signals === undefined ? UNKNOWN : signals.archived
  const isUnknown = archived === UNKNOWN
  const archive = `the archive of ${isoDate(date)}`
  if (hasTasks && (isUnknown || archived === undefined) && minutes < plan.windDown.close) {
    return { level: 'warm', reason: `${archive} is not ${isUnknown ? 'known' : 'begun'}` }
  }
  if (archived !== 'whole' && minutes < plan.windDown.final) {
    return { level: 'archiving', reason: `${archive} is not ${isUnknown ? 'known' : 'final'}` }
  }
  return undefined
}

/**
 * Returns which stage of the archive is late; undefined if none is, or if it is not known. A date of which no line has published
 * anything has no archive: the system is new, or the exchange had no session.
 */
function lateArchive({ now, plan, calendar, signals }: LevelInput): string | undefined {
  if (signals === undefined) return undefined
  const { date, minutes } = lastClose(calendar, now)
  const { archived, newest } = signals
  if (archived === UNKNOWN || newest === undefined || newest < date) return undefined
  const isLate = archived === undefined ? minutes >= plan.windDown.close : minutes >= plan.windDown.final
  if (archived === 'whole' || !isLate) return undefined
  return `expected a whole archive of ${isoDate(date)}, got ${archived === undefined ? 'none' : `stage ${archived}`}`
}

function isMaintenance({ maintenance: { weekday, from, until } }: MarketPlan, now: EpochMicros): boolean {
  const minutes = timeOfDay(now) / MINUTE
  const isDay = new Date(`${isoDate(dateOf(now))}T00:00:00Z`).getUTCDay() === weekday
  return isDay && from <= minutes && minutes < until
}
