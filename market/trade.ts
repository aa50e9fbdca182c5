/** Trades, derived from two successive boards of an issue. The feed itself has no trades. */
import { ABSENT, ASKS, BIDS, type Board, F, MAX_VALUE, orZero, statusNumber } from './board.ts'
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
 * @param before the previous tick of the issue.
 * @returns undefined for a trade at one price, whose turnover is `price` × `quantity`; undefined also if the turnover of
 * the day before the trade is unknown, because shares were traded between the two ticks or `before` is missing.
 */
export function exactTurnover(
  { trade, board, tradingDate }: Tick,
  before: Tick | undefined,
): Sen | undefined {
  if (trade?.average === undefined || before?.tradingDate !== tradingDate) return undefined
  const [earlier, later] = [before.board.values, board.values]
  if (orZero(later[F.volume]!) - orZero(earlier[F.volume]!) !== trade.quantity) return undefined
  return turnoverGrowth(earlier, later)
}

function isBlank(values: Float64Array): boolean {
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
