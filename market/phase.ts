/** The phases of a trading date. */
import { type Closures, hoursOf, isTradingDate } from './calendar.ts'
import type { Phase } from './market-event.ts'
import { dateOf, timeOfDay } from './moment.ts'
import type { DayMicros, EpochMicros, Micros, TradingDate } from './units.ts'

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
export function awakeHours(date: TradingDate): { readonly start: DayMicros; readonly end: DayMicros } {
  const { orders, afternoon } = hoursOf(date)
  return { start: orders - WARM_UP, end: afternoon.end + WIND_DOWN }
}

/** Returns the phases of a trading date in order, from midnight on, without phases of length 0. */
export function phasesOf(date: TradingDate): PhaseStart[] {
  const { orders, morning, afternoon, closing } = hoursOf(date)
  const awake = awakeHours(date)
  const starts: PhaseStart[] = [
    { phase: 'closed', time: 0 },
    { phase: 'warm-up', time: awake.start },
    { phase: 'order-acceptance', time: orders },
    { phase: 'morning', time: morning.start },
    { phase: 'lunch', time: morning.end },
    { phase: 'afternoon', time: afternoon.start },
    { phase: 'closing', time: closing },
    { phase: 'wind-down', time: afternoon.end },
    { phase: 'closed', time: awake.end },
  ]
  return starts.filter(({ time }, index) => time !== starts[index + 1]?.time)
}

/** Returns the phase at a market time. A border belongs to the phase that starts there. */
export function phaseAt(moment: EpochMicros, closures?: Closures): Phase {
  const date = dateOf(moment)
  if (!isTradingDate(date, closures)) return 'closed'
  const time = timeOfDay(moment)
  return phasesOf(date).findLast(start => start.time <= time)?.phase ?? 'closed'
}
