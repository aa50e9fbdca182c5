/**
 * The board (板) of one issue: everything known about it at one moment.
 *
 * A board is a row of numbers, so comparing, copying and encoding it are loops over an index. Units: prices and VWAP in
 * 10⁻⁴ yen, turnover in 10⁻² yen, quantities and volume in shares, times in microseconds since midnight in Tokyo, signs
 * and flags as the digit that the exchange sends.
 */
import type { DayMicros, FeedPrice, Sen } from './units.ts'

/** The number of a blank field. A blank is not zero. {@link fieldOf} returns it as `undefined`. */
export const ABSENT = Number.MIN_SAFE_INTEGER

/** The largest absolute value of a field: ten trillion yen of turnover, a hundred billion yen a share. */
export const MAX_VALUE = 1e15

/** Price levels on each side of a board. */
export const LEVELS = 10

const SCALARS = [
  'updateNumber',
  'status',
  'statusTime',
  'open',
  'openTime',
  'high',
  'highTime',
  'highStop',
  'low',
  'lowTime',
  'lowStop',
  'last',
  'lastTime',
  'closing',
  'volume',
  'volumeTime',
  'turnover',
  'vwap',
  'marketSell',
  'marketBuy',
  'over',
  'under',
  'askTime',
  'askSign',
  'bidTime',
  'bidSign',
] as const

export type ScalarField = (typeof SCALARS)[number]

declare const value: unique symbol

/** An index into {@link Board.values}, with the unit of the field in its type. */
export type FieldIndex<Value extends number = number> = number & { readonly [value]?: Value }
export type TimeField = FieldIndex<DayMicros>
export type PriceField = FieldIndex<FeedPrice>

type FieldOf<Name extends ScalarField> = Name extends `${string}Time`
  ? TimeField
  : Name extends 'open' | 'high' | 'low' | 'last' | 'vwap'
    ? PriceField
    : Name extends 'turnover'
      ? FieldIndex<Sen>
      : FieldIndex

/** Index of each scalar field in {@link Board.values}. `status` is the two code characters as `first << 8 | second`. */
export const F = Object.fromEntries(SCALARS.map((name, index) => [name, index])) as {
  readonly [Name in ScalarField]: FieldOf<Name>
}

/** All fields that hold a time. */
export const TIME_FIELDS: readonly TimeField[] = [
  F.statusTime,
  F.openTime,
  F.highTime,
  F.lowTime,
  F.lastTime,
  F.volumeTime,
  F.askTime,
  F.bidTime,
]

/** First index of the sell side: price of level 1 (best), quantity of level 1, price of level 2, … */
export const ASKS = SCALARS.length
/** First index of the buy side. Its layout is that of {@link ASKS}. */
export const BIDS = ASKS + 2 * LEVELS
/** Numbers in a board. */
export const FIELD_COUNT = BIDS + 2 * LEVELS

export interface Board {
  /** Issue code, 4 or 5 characters. */
  readonly issue: string
  /** {@link FIELD_COUNT} numbers, {@link ABSENT} where the exchange has sent no value. */
  readonly values: Float64Array
}

const BLANK = new Float64Array(FIELD_COUNT).fill(ABSENT)

/** Returns a board without any value. */
export function emptyBoard(issue: string): Board {
  // Copying is several times faster than filling.
  return { issue, values: BLANK.slice() }
}

/** Returns a copy that later changes of `board` do not affect. */
export function copyBoard(board: Board): Board {
  return { issue: board.issue, values: board.values.slice() }
}

/** Returns the value of a field in its own unit; `undefined` for a blank. */
export function fieldOf<Value extends number = number>(
  board: Board,
  field: FieldIndex<Value>,
): Value | undefined {
  const value = board.values[field]
  return value === ABSENT ? undefined : (value as Value)
}

/** Returns the number of a field, 0 for {@link ABSENT}. */
export function orZero(value: number): number {
  return value === ABSENT ? 0 : value
}

/** Returns whether two boards are of the same issue and equal in all fields. */
export function boardsEqual(a: Board, b: Board): boolean {
  if (a.issue !== b.issue) return false
  for (let field = 0; field < FIELD_COUNT; field++) if (a.values[field] !== b.values[field]) return false
  return true
}

/** Returns a status code of one or two characters as the number that a board holds. */
export function statusNumber(code: string): number {
  return (code.charCodeAt(0) << 8) | (code.length > 1 ? code.charCodeAt(1) : 0x20)
}

/** Returns the status code of a {@link statusNumber}. */
export function statusCode(status: number): string {
  return String.fromCharCode(status >> 8, status & 0xff).trimEnd()
}
