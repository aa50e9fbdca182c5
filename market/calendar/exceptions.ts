/** Exceptions of the calendar: what the exchange decides in addition to its rules. */
import type { TradingDate } from '../units.ts'
import type { Hours } from './hours.ts'

/** A date on which the exchange is closed although it trades by rule. */
export interface Closure {
  readonly kind: 'closed'
  readonly date: TradingDate
  /** The reason. Apps show it. */
  readonly note: string
}

/** A date on which the exchange trades although it is closed by rule. */
export interface Opening {
  readonly kind: 'open'
  readonly date: TradingDate
  readonly note: string
  /** Absent: the usual hours. */
  readonly hours?: Hours
}

/** A trading date with other hours: a shortened day, a late opening, a late close. */
export interface OtherHours {
  readonly kind: 'hours'
  readonly date: TradingDate
  readonly note: string
  readonly hours: Hours
}

/** New hours of all trading dates from a date on. */
export interface NewHours {
  readonly kind: 'new-hours'
  readonly since: TradingDate
  readonly note: string
  readonly hours: Hours
}

/** An exception of one date. */
export type DateException = Closure | Opening | OtherHours
export type CalendarException = DateException | NewHours
