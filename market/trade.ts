/** Trades are not in the feed: they are the difference between two boards of an issue. */
import { ABSENT, ASKS, BIDS, type Board, F, PRICE_SCALE, statusNumber, TURNOVER_SCALE } from './board.ts'
import type { Side, Trade } from './tick.ts'

const ITAYOSE = statusNumber('B')
/** Quote signs under which a trade is an auction's: special, before-open, special-before-halt, after-close, sequential. */
const FIRST_AUCTION_SIGN = 3

/**
 * What changed hands between two boards of one issue that follow each other.
 * @returns nothing where the volume did not grow, or is not known before.
 */
export function deriveTrade(before: Board, after: Board): Trade | undefined {
  const volume = before.values[F.volume]!
  const price = after.values[F.last]!
  if (volume === ABSENT || price === ABSENT) return undefined
  const quantity = after.values[F.volume]! - volume
  if (quantity <= 0) return undefined
  const side = sideOf(before.values, after.values, price, quantity)
  return side === undefined ? { price, quantity } : { price, quantity, side }
}

function sideOf(
  before: Float64Array,
  after: Float64Array,
  price: number,
  quantity: number,
): Side | undefined {
  if (before[F.status] === ITAYOSE) return undefined
  if (before[F.askSign]! >= FIRST_AUCTION_SIGN || before[F.bidSign]! >= FIRST_AUCTION_SIGN) return undefined
  if (hasSeveralPrices(before, after, price, quantity)) return undefined
  const bought = before[ASKS] !== ABSENT && price >= before[ASKS]!
  const sold = before[BIDS] !== ABSENT && price <= before[BIDS]!
  if (bought === sold) return undefined
  return bought ? 'buy' : 'sell'
}

/** One price accounts for the growth of the turnover exactly; anything else is more trades than one. */
function hasSeveralPrices(
  before: Float64Array,
  after: Float64Array,
  price: number,
  quantity: number,
): boolean {
  const earlier = before[F.turnover]!
  const later = after[F.turnover]!
  if (earlier === ABSENT || later === ABSENT) return false
  return (later - earlier) * (PRICE_SCALE / TURNOVER_SCALE) !== price * quantity
}
