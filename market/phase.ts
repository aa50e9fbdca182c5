/** The phases of a trading date. */
import type { Calendar } from './calendar/calendar.ts'
import { type Hours, sessionsOf } from './calendar/hours.ts'
import type { Phase } from './market-event.ts'
import { dateOf, momentOf, timeOfDay } from './moment.ts'
import type { DayMicros, EpochMicros, Micros } from './units.ts'

/** The system starts this long before the exchange accepts orders. */
const WARM_UP: Micros = 30 * 60_000_000
/** The system stops this long after the close. */
export const WIND_DOWN: Micros = 60 * 60_000_000

/** A phase and the time at which it starts. */
export interface PhaseStart {
  readonly phase: Phase
  readonly time: DayMicros
}

/** Returns when the system starts and stops on a trading date. Tasks run and ticks come only in between. */
export function awakeHours({ orders, afternoon }: Hours): {
  readonly start: DayMicros
  readonly end: DayMicros
} {
  return { start: orders - WARM_UP, end: afternoon.end + WIND_DOWN }
}

/** Returns the phases of a trading date in order, from midnight on, without phases of length 0. */
export function phasesOf(hours: Hours): PhaseStart[] {
  const { orders, morning, afternoon, closing } = hours
  const awake = awakeHours(hours)
  const hasBoth = sessionsOf(hours).length === 2
  const starts: PhaseStart[] = [
    { phase: 'closed', time: 0 },
    { phase: 'warm-up', time: awake.start },
    { phase: 'order-acceptance', time: orders },
    ...(morning.start < morning.end ? [{ phase: 'morning', time: morning.start } as const] : []),
    ...(hasBoth ? [{ phase: 'lunch', time: morning.end } as const] : []),
    ...(afternoon.start < afternoon.end ? [{ phase: 'afternoon', time: afternoon.start } as const] : []),
    { phase: 'closing', time: closing },
    { phase: 'wind-down', time: afternoon.end },
    { phase: 'closed', time: awake.end },
  ]
  return starts.filter(({ time }, index) => time !== starts[index + 1]?.time)
}

/** Returns the phase at a market time. A border belongs to the phase that starts there. */
export function phaseAt(moment: EpochMicros, calendar: Calendar): Phase {
  const date = dateOf(moment)
  if (!calendar.isTradingDate(date)) return 'closed'
  const time = timeOfDay(moment)
  return phasesOf(calendar.hoursOf(date)).findLast(start => start.time <= time)?.phase ?? 'closed'
}

/** Returns the first market time after `moment` at which a trading date opens: its first session starts. */
export function nextOpening(moment: EpochMicros, calendar: Calendar): EpochMicros {
  const today = dateOf(moment)
  if (calendar.isTradingDate(today)) {
    const opening = momentOf(today, calendar.hoursOf(today).morning.start)
    if (opening > moment) return opening
  }
  const next = calendar.nextTradingDate(today)
  return momentOf(next, calendar.hoursOf(next).morning.start)
}
