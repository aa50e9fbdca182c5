/**
 * Numbers with their unit in the type, so that mixing two units up does not compile. At run time they are plain numbers.
 *
 * Points in time and dates accept only numbers of their own unit: state the unit of a plain number with `as…`, move a
 * point in time with {@link addMicros}. Durations, times of day, prices and amounts come from arithmetic, whose result
 * has no unit, so these types accept plain numbers too. No type accepts a number of another unit.
 */

declare const unit: unique symbol

/** Only a number of the same unit is assignable. */
type Strict<Name extends string> = number & { readonly [unit]: Name }
/** A number of the same unit and a number without a unit are assignable. */
type Loose<Name extends string> = number & { readonly [unit]?: Name }
/** A number without a unit. */
type Plain = number & { readonly [unit]?: never }

/** A date in Tokyo as the number YYYYMMDD: 20261120. */
export type TradingDate = Strict<'date YYYYMMDD'>
/** A market time: microseconds since 1970-01-01T00:00Z. */
export type EpochMicros = Strict<'microseconds since 1970'>
/** Milliseconds since 1970-01-01T00:00Z: real time, such as a deadline, or market time of a clock setting. */
export type EpochMillis = Strict<'milliseconds since 1970'>
/** Seconds since 1970-01-01T00:00Z: the time at which DynamoDB deletes an item. */
export type EpochSeconds = Strict<'seconds since 1970'>
/** Microseconds since midnight in Tokyo. */
export type DayMicros = Loose<'microseconds since midnight'>
/** A duration in microseconds. */
export type Micros = Loose<'microseconds'>
/** A duration in milliseconds, or a reading of a monotonic clock. */
export type Millis = Loose<'milliseconds'>
/** A duration in seconds. */
export type Seconds = Loose<'seconds'>
/** A price in the feed's scale: 10⁻⁴ yen. */
export type FeedPrice = Loose<'10⁻⁴ yen'>
/** A turnover in the feed's scale: 銭 (sen), 10⁻² yen. */
export type Sen = Loose<'sen'>
/** An amount in yen, as in JSON. */
export type Yen = Loose<'yen'>

/** States that a number is a date YYYYMMDD. Does not check it: see isTradingDate in calendar/calendar.ts. */
export function asTradingDate(date: Plain): TradingDate {
  return date as number as TradingDate
}

/** States that a number is a market time in epoch microseconds. */
export function asEpochMicros(moment: Plain): EpochMicros {
  return moment as number as EpochMicros
}

/** Returns the market time `duration` after `moment`, before it for a negative duration. */
export function addMicros(moment: EpochMicros, duration: Micros): EpochMicros {
  return (moment + duration) as EpochMicros
}

/** Returns the earlier of two market times. */
export function earlierOf(a: EpochMicros, b: EpochMicros): EpochMicros {
  return a < b ? a : b
}

/** Returns the later of two market times. */
export function laterOf(a: EpochMicros, b: EpochMicros): EpochMicros {
  return a > b ? a : b
}

/** States that a number is a time in epoch milliseconds. */
export function asEpochMillis(moment: Plain): EpochMillis {
  return moment as number as EpochMillis
}

/** States that a number is a time in epoch seconds. */
export function asEpochSeconds(moment: Plain): EpochSeconds {
  return moment as number as EpochSeconds
}

/** Returns the time `duration` after `moment`, before it for a negative duration. */
export function addMillis(moment: EpochMillis, duration: Millis): EpochMillis {
  return (moment + duration) as EpochMillis
}

/** Returns the real time. */
export function nowMillis(): EpochMillis {
  return Date.now() as EpochMillis
}

/** Returns a market time in milliseconds, with its microseconds as a fraction. */
export function toEpochMillis(moment: EpochMicros): EpochMillis {
  return (moment / 1000) as EpochMillis
}

/** Returns a market time in seconds, with its microseconds as a fraction. */
export function toEpochSeconds(moment: EpochMicros): EpochSeconds {
  return (moment / 1_000_000) as EpochSeconds
}

/** Returns a time in milliseconds as a market time in microseconds. */
export function toEpochMicros(moment: EpochMillis): EpochMicros {
  return (moment * 1000) as EpochMicros
}

/** Units of a feed price per yen. */
export const PRICE_SCALE = 10_000

/** Sen per yen. In sen, turnovers up to 90 trillion yen are exact in a double. */
export const TURNOVER_SCALE = 100

export function priceToYen(price: FeedPrice): Yen {
  return price / PRICE_SCALE
}

export function senToYen(turnover: Sen): Yen {
  return turnover / TURNOVER_SCALE
}

/** Returns the price that {@link priceToYen} has made an amount of, exactly. */
export function yenToPrice(yen: Yen): FeedPrice {
  return Math.round(yen * PRICE_SCALE)
}

/** Returns the turnover that {@link senToYen} has made an amount of, exactly. */
export function yenToSen(yen: Yen): Sen {
  return Math.round(yen * TURNOVER_SCALE)
}
