/** Trades are not in the feed: they are the difference between two boards of an issue. */
import {
  ABSENT,
  ASKS,
  BIDS,
  type Board,
  F,
  MAX_VALUE,
  PRICE_SCALE,
  statusNumber,
  TURNOVER_SCALE,
} from './board.ts'
import type { Side, Trade } from './tick.ts'

const ITAYOSE = statusNumber('B')
/** Quote signs under which a trade is an auction's: special, before-open, special-before-halt, after-close, sequential. */
const FIRST_AUCTION_SIGN = 3

/**
 * What changed hands between two boards of one issue that follow each other. A known board without a volume is one
 * before the first trade of the day.
 * @returns nothing where the volume did not grow, or nothing is known of the issue before.
 */
export function deriveTrade(before: Board, after: Board): Trade | undefined {
  const price = after.values[F.last]!
  if (price === ABSENT || isUnknown(before.values)) return undefined
  const quantity = volumeOf(after.values) - volumeOf(before.values)
  if (quantity <= 0) return undefined
  const average = averageOf(before.values, after.values, price, quantity)
  if (average !== undefined) return { price, quantity, average }
  const side = sideOf(before.values, price)
  return side === undefined ? { price, quantity } : { price, quantity, side }
}

function isUnknown(values: Float64Array): boolean {
  return values[F.updateNumber] === ABSENT && values[F.status] === ABSENT && values[F.volume] === ABSENT
}

function volumeOf(values: Float64Array): number {
  const volume = values[F.volume]!
  return volume === ABSENT ? 0 : volume
}

function sideOf(before: Float64Array, price: number): Side | undefined {
  if (before[F.status] === ITAYOSE) return undefined
  if (before[F.askSign]! >= FIRST_AUCTION_SIGN || before[F.bidSign]! >= FIRST_AUCTION_SIGN) return undefined
  const bought = before[ASKS] !== ABSENT && price >= before[ASKS]!
  const sold = before[BIDS] !== ABSENT && price <= before[BIDS]!
  if (bought === sold) return undefined
  return bought ? 'buy' : 'sell'
}

/**
 * The mean price (10⁻⁴ yen) of what changed hands, where that is not `price` alone: the turnover grew by another
 * amount, so the message hides several trades at several prices.
 */
function averageOf(
  before: Float64Array,
  after: Float64Array,
  price: number,
  quantity: number,
): number | undefined {
  const later = after[F.turnover]!
  const earlier = before[F.turnover] === ABSENT && before[F.volume] === ABSENT ? 0 : before[F.turnover]!
  if (earlier === ABSENT || later === ABSENT) return undefined
  const worth = (later - earlier) * (PRICE_SCALE / TURNOVER_SCALE)
  if (worth === price * quantity || worth < 0) return undefined
  const average = Math.round(worth / quantity)
  return average <= MAX_VALUE ? average : undefined
}
