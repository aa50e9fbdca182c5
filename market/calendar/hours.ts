/** The trading hours of a date, and the rules that give them. A change of the hours is a new rule with its first date. */
import { asTradingDate, type DayMicros, type TradingDate } from '../units.ts'

/** A session (前場 morning, 後場 afternoon), from its opening auction to its closing auction. */
export interface Session {
  readonly start: DayMicros
  readonly end: DayMicros
}

/**
 * The hours of a trading date. The first session starts at `morning.start`, and the exchange closes at `afternoon.end`.
 *
 * A session of length 0 does not take place. A date that ends at noon has an afternoon of length 0 at the end of its
 * morning. A date that opens at noon has a morning of length 0 at the start of its afternoon.
 */
export interface Hours {
  /** The exchange accepts orders from this time on. */
  readonly orders: DayMicros
  readonly morning: Session
  readonly afternoon: Session
  /**
   * From this time to the closing auction the exchange accepts orders and does not trade. Equal to the close if a date has
   * no such period.
   */
  readonly closing: DayMicros
}

/** Hours that are valid from a date on, until the next rule. */
export interface HoursRule {
  readonly since: TradingDate
  readonly hours: Hours
}

/** Returns a Tokyo time of day. */
const at = (hours: number, minutes: number): DayMicros => (hours * 60 + minutes) * 60_000_000

/** Oldest first. Sources: JPX, 取引時間 (trading hours), and its notices of the two changes. */
export const HOURS_RULES: readonly [HoursRule, ...HoursRule[]] = [
  {
    // The morning ends at 11:30; it ended at 11:00 before.
    since: asTradingDate(20111121),
    hours: {
      orders: at(8, 0),
      morning: { start: at(9, 0), end: at(11, 30) },
      afternoon: { start: at(12, 30), end: at(15, 0) },
      closing: at(15, 0),
    },
  },
  {
    // arrowhead 4.0: continuous trading stops at 15:25, and the closing auction is at 15:30.
    since: asTradingDate(20241105),
    hours: {
      orders: at(8, 0),
      morning: { start: at(9, 0), end: at(11, 30) },
      afternoon: { start: at(12, 30), end: at(15, 30) },
      closing: at(15, 25),
    },
  },
]

/** Returns the sessions that take place, in order. */
export function sessionsOf({ morning, afternoon }: Hours): Session[] {
  return [morning, afternoon].filter(({ start, end }) => start < end)
}
