/** What the exchange does on each date of a simulated year: its hours, and surprises that no calendar knows. */
import type { Random } from '../../local/exchange/random.ts'
import type { Calendar } from '../../market/calendar/calendar.ts'
import type { Phase } from '../../market/market-event.ts'
import { dateOf, momentOf, timeOfDay } from '../../market/moment.ts'
import { phasesOf } from '../../market/phase.ts'
import { addMicros, type EpochMicros, type TradingDate } from '../../market/units.ts'

const MINUTE = 60_000_000
/** Share of trading dates with a late close, a halt, and an archive that is late. */
const LATE_CLOSES = 0.05
const HALTS = 0.05
const LATE_ARCHIVES = 0.1

/** A trading date as it really goes. */
export interface ExchangeDay {
  readonly date: TradingDate
  /** From here on the exchange accepts orders. */
  readonly opens: EpochMicros
  /** The real close: up to 40 minutes after that of the calendar. */
  readonly closes: EpochMicros
  /** No tick comes in this time, although the exchange is open. */
  readonly halt: { readonly from: EpochMicros; readonly until: EpochMicros } | undefined
  /** When the stages of the archive are done, if the system lets them. */
  readonly archived: { readonly close: EpochMicros; readonly whole: EpochMicros }
}

/** @param calendar of the exchange itself, with what it has decided. */
export function exchangeDay(calendar: Calendar, date: TradingDate, random: Random): ExchangeDay | undefined {
  if (!calendar.isTradingDate(date)) return undefined
  const { orders, afternoon } = calendar.hoursOf(date)
  const late = random() < LATE_CLOSES ? 5 + Math.floor(random() * 36) : 0
  const closes = momentOf(date, afternoon.end + late * MINUTE)
  const haltAt = addMicros(momentOf(date, orders), Math.floor((75 + random() * 120) * MINUTE))
  const isHalted = random() < HALTS
  const slow = random() < LATE_ARCHIVES ? 30 + random() * 120 : random() * 10
  return {
    date,
    opens: momentOf(date, orders),
    closes,
    halt: isHalted ? { from: haltAt, until: addMicros(haltAt, 60 * MINUTE) } : undefined,
    archived: {
      close: addMicros(closes, Math.floor((15 + slow) * MINUTE)),
      whole: addMicros(closes, Math.floor((75 + slow) * MINUTE)),
    },
  }
}

/** Returns whether the exchange accepts orders or trades, lunch included. */
export function isOpen(day: ExchangeDay | undefined, now: EpochMicros): boolean {
  return day !== undefined && day.opens <= now && now < day.closes
}

/** Returns whether ticks come. */
export function ticksFlow(day: ExchangeDay | undefined, now: EpochMicros): boolean {
  if (day === undefined || !isOpen(day, now)) return false
  return day.halt === undefined || now < day.halt.from || now >= day.halt.until
}

/** Returns the phase that the lines report. After the close of the calendar a late close goes on as `closing`. */
export function reportedPhase(
  calendar: Calendar,
  day: ExchangeDay | undefined,
  now: EpochMicros,
): Phase | undefined {
  if (day === undefined || dateOf(now) !== day.date) return undefined
  const phases = phasesOf(calendar.hoursOf(day.date))
  const phase = phases.findLast(({ time }) => time <= timeOfDay(now))?.phase
  return isOpen(day, now) && (phase === 'wind-down' || phase === 'closed') ? 'closing' : phase
}
