/**
 * The board (板) of one issue: everything known of it at one moment.
 *
 * A board is a flat row of numbers, so that comparing, copying and encoding it are loops over an index.
 * Units: prices and VWAP in 10⁻⁴ yen, turnover in 10⁻² yen, quantities and volume in shares, times in
 * microseconds since midnight in Tokyo, signs and flags as the digit the exchange sends.
 */

/** What a field holds when the exchange sent a blank: no value, which is not zero. Leaves this module's users as `undefined`. */
export const ABSENT = Number.MIN_SAFE_INTEGER

/** The largest value of a field, in size: ten trillion yen of turnover, a hundred billion yen a share. */
export const MAX_VALUE = 1e15

/** Price levels on each side of a board. */
export const LEVELS = 10

/** Yen → the feed's own price scale. */
export const PRICE_SCALE = 10_000

/** Yen → the scale of cumulative turnover (10⁻² yen keeps 90 trillion yen a day exact in a double). */
export const TURNOVER_SCALE = 100

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

/** Index of each scalar field in {@link Board.values}. `status` is the two code characters as `first << 8 | second`. */
export const F = Object.fromEntries(SCALARS.map((name, index) => [name, index])) as Record<
  ScalarField,
  number
>

/** Every field that is a time. */
export const TIME_FIELDS: readonly number[] = [
  F.statusTime,
  F.openTime,
  F.highTime,
  F.lowTime,
  F.lastTime,
  F.volumeTime,
  F.askTime,
  F.bidTime,
]

/** First index of the sell side: price of level 1 (best), its quantity, price of level 2, … */
export const ASKS = SCALARS.length
/** First index of the buy side, laid out as {@link ASKS}. */
export const BIDS = ASKS + 2 * LEVELS
/** Numbers in a board. */
export const FIELD_COUNT = BIDS + 2 * LEVELS

export interface Board {
  /** Issue code, 4 or 5 characters. */
  readonly issue: string
  /** {@link FIELD_COUNT} numbers, {@link ABSENT} where the exchange has sent none. */
  readonly values: Float64Array
}

const NOTHING = new Float64Array(FIELD_COUNT).fill(ABSENT)

/** A board of which nothing is known yet. */
export function emptyBoard(issue: string): Board {
  // Copying is several times faster than filling.
  return { issue, values: NOTHING.slice() }
}

/** A copy that later changes to `board` do not reach. */
export function copyBoard(board: Board): Board {
  return { issue: board.issue, values: board.values.slice() }
}

/** The value of a field in its own unit, `undefined` where there is none. */
export function fieldOf(board: Board, field: number): number | undefined {
  const value = board.values[field]
  return value === ABSENT ? undefined : value
}

/** Whether two boards say the same of the same issue. */
export function boardsEqual(a: Board, b: Board): boolean {
  if (a.issue !== b.issue) return false
  for (let field = 0; field < FIELD_COUNT; field++) if (a.values[field] !== b.values[field]) return false
  return true
}

/** A status code of one or two characters as the number a board holds. */
export function statusNumber(code: string): number {
  return (code.charCodeAt(0) << 8) | (code.length > 1 ? code.charCodeAt(1) : 0x20)
}

/** The status code of {@link statusNumber}, without its padding. */
export function statusCode(status: number): string {
  return String.fromCharCode(status >> 8, status & 0xff).trimEnd()
}
