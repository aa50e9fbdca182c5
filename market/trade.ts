/** Trades, derived from two successive boards of an issue. The feed itself has no trades. */
import { ABSENT, ASKS, BIDS, type Board, emptyBoard, F, MAX_VALUE, orZero, statusNumber } from './board.ts'
import type { Side, Tick, Trade } from './tick.ts'
import { type FeedPrice, PRICE_SCALE, type Sen, TURNOVER_SCALE } from './units.ts'

const ITAYOSE = statusNumber('B')
/**
 * From this quote sign on, a trade is the result of an auction. The signs are: special, before-open,
 * special-before-halt, after-close, sequential.
 */
const FIRST_AUCTION_SIGN = 3

/**
 * Returns the trade between two successive boards of one issue. A board without a volume precedes the first trade of the
 * day, unless it is blank.
 * @returns undefined if the volume did not grow, or if `before` is blank.
 */
export function deriveTrade(before: Board, after: Board): Trade | undefined {
  const price = after.values[F.last]!
  if (price === ABSENT || isBlank(before.values)) return undefined
  const quantity = orZero(after.values[F.volume]!) - orZero(before.values[F.volume]!)
  if (quantity <= 0) return undefined
  const average = averageOf(before.values, after.values, price, quantity)
  if (average !== undefined) return { price, quantity, average }
  const side = sideOf(before.values, price)
  return side === undefined ? { price, quantity } : { price, quantity, side }
}

/**
 * Returns the exact turnover of a tick's trade at several prices: the growth of the cumulative turnover.
 * @param before the previous tick of the issue; undefined, or a tick of an earlier date, if the trade is of the first tick.
 * @returns undefined for a trade at one price, whose turnover is `price` × `quantity`; undefined also if the turnover of
 * the day before the trade is unknown, because other shares were traded between the two ticks.
 */
export function exactTurnover(tick: Tick, before: Tick | undefined): Sen | undefined {
  if (tick.trade?.average === undefined) return undefined
  const volume = orZero(tick.board.values[F.volume]!) - orZero(valuesBefore(tick, before)[F.volume]!)
  return volume === tick.trade.quantity ? turnoverSince(tick, before) : undefined
}

/** Returns the turnover of a tick's trade; undefined if it is unknown. @param before see {@link exactTurnover}. */
export function tradeTurnover(tick: Tick, before: Tick | undefined): Sen | undefined {
  if (tick.trade === undefined) return undefined
  return tick.trade.average === undefined ? worthOf(tick.trade) : exactTurnover(tick, before)
}

/** Returns `price` × `quantity`, rounded to a sen. */
export function worthOf({ price, quantity }: Pick<Trade, 'price' | 'quantity'>): Sen {
  return Math.round((price * quantity) / (PRICE_SCALE / TURNOVER_SCALE))
}

/** Returns the growth of the cumulative turnover between two ticks; undefined if it is unknown. */
export function turnoverSince(tick: Tick, before: Tick | undefined): Sen | undefined {
  return turnoverGrowth(valuesBefore(tick, before), tick.board.values)
}

const BLANK = emptyBoard('').values

/** Returns the board before a tick of its trading date; a blank board for the first tick. */
function valuesBefore({ tradingDate }: Tick, before: Tick | undefined): Float64Array {
  return before?.tradingDate === tradingDate ? before.board.values : BLANK
}

/** Returns whether nothing is known of an issue, not even that it has no volume. */
export function isBlank(values: Float64Array): boolean {
  return values[F.updateNumber] === ABSENT && values[F.status] === ABSENT && values[F.volume] === ABSENT
}

function sideOf(before: Float64Array, price: FeedPrice): Side | undefined {
  if (before[F.status] === ITAYOSE) return undefined
  if (before[F.askSign]! >= FIRST_AUCTION_SIGN || before[F.bidSign]! >= FIRST_AUCTION_SIGN) return undefined
  const bought = before[ASKS] !== ABSENT && price >= before[ASKS]!
  const sold = before[BIDS] !== ABSENT && price <= before[BIDS]!
  if (bought === sold) return undefined
  return bought ? 'buy' : 'sell'
}

/**
 * Returns the mean price of a message's trades if it had trades at several prices. Then the turnover did not grow by
 * `price` × `quantity`.
 */
function averageOf(
  before: Float64Array,
  after: Float64Array,
  price: FeedPrice,
  quantity: number,
): FeedPrice | undefined {
  const growth = turnoverGrowth(before, after)
  if (growth === undefined) return undefined
  const worth = growth * (PRICE_SCALE / TURNOVER_SCALE)
  if (worth === price * quantity || worth < 0) return undefined
  const average = Math.round(worth / quantity)
  return average <= MAX_VALUE ? average : undefined
}

/** Returns the growth of the cumulative turnover. It is unknown if a board with a volume has no turnover. */
function turnoverGrowth(before: Float64Array, after: Float64Array): Sen | undefined {
  const later = after[F.turnover]!
  const earlier = before[F.turnover] === ABSENT && before[F.volume] === ABSENT ? 0 : before[F.turnover]!
  return earlier === ABSENT || later === ABSENT ? undefined : later - earlier
}
