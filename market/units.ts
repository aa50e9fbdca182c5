/**
 * Numbers with their unit in the type, so that mixing two units up does not compile. At run time they are plain numbers.
 *
 * Arithmetic gives a plain number again. Functions such as {@link addMicros} keep the unit; `as…` states the unit of a
 * plain number and refuses a number that has another one.
 */

declare const unit: unique symbol

/** Only a number of the same unit is assignable. */
type Strict<Name extends string> = number & { readonly [unit]: Name }
/** A plain number with no unit is assignable, a number of another unit is not. */
type Plain = number & { readonly [unit]?: never }

/** A date in Tokyo as the number YYYYMMDD: 20261120. */
export type TradingDate = Strict<'YYYYMMDD'>

export function asTradingDate(date: Plain): TradingDate {
  return date as number as TradingDate
}
