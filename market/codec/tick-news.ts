/** The parts of a tick in addition to its board: its trade, and whether messages before it were lost. */
import { type Board, F, MAX_VALUE } from '../board.ts'
import type { Side, Tick, Trade } from '../tick.ts'
import type { BitReader, BitWriter } from './bits.ts'
import { CodecError } from './bytes.ts'

/** Orders of the exponential Golomb codes. */
const PRICE_ORDER = 12
const QUANTITY_ORDER = 8

const SIDES: readonly (Side | undefined)[] = [undefined, 'buy', 'sell']
const SIDE_BITS = 2
/** Most bytes of the news of a tick. */
const NEWS_BYTES = 64

/**
 * Writes the trade and the mark of loss. If the trade is the derived one and nothing was lost, this takes one bit.
 * @param derived the trade between the two boards; undefined for the first board of an issue.
 * @throws RangeError if the format cannot hold a number of the trade.
 */
export function writeNews(out: BitWriter, { trade, lost, board }: Tick, derived: Trade | undefined): void {
  const isUsual = lost === undefined && sameTrade(trade, derived)
  out.flag(isUsual)
  if (isUsual) return
  out.reserve(NEWS_BYTES)
  out.flag(lost === true)
  out.flag(trade !== undefined)
  if (trade === undefined) return
  const { price, quantity, side, average } = trade
  for (const value of [price, quantity, average ?? 0]) checkNumber(value)
  const isLast = price === board.values[F.last]
  out.flag(isLast)
  if (!isLast) out.count(PRICE_ORDER, price)
  out.count(QUANTITY_ORDER, quantity)
  out.bits(SIDE_BITS, SIDES.indexOf(side))
  out.flag(average !== undefined)
  if (average !== undefined) out.signed(PRICE_ORDER, average - price)
}

/**
 * Reads what {@link writeNews} wrote.
 * @throws CodecError if the bytes are invalid.
 */
export function readNews(
  reader: BitReader,
  board: Board,
  derived: Trade | undefined,
): { trade?: Trade | undefined; lost?: true } {
  if (reader.flag()) return { trade: derived }
  const lostMember = reader.flag() ? ({ lost: true } as const) : {}
  if (!reader.flag()) return lostMember
  const price = reader.flag() ? board.values[F.last]! : reader.count(PRICE_ORDER)
  const quantity = reader.count(QUANTITY_ORDER)
  const code = reader.bits(SIDE_BITS)
  if (code >= SIDES.length) throw new CodecError(`expected a side of 0 to ${SIDES.length - 1}, got ${code}`)
  const side = SIDES[code]
  const average = reader.flag() ? price + reader.signed(PRICE_ORDER) : undefined
  const trade = {
    price,
    quantity,
    ...(side === undefined ? {} : { side }),
    ...(average === undefined ? {} : { average }),
  }
  return { trade, ...lostMember }
}

function sameTrade(a: Trade | undefined, b: Trade | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  return a.price === b.price && a.quantity === b.quantity && a.side === b.side && a.average === b.average
}

/** @throws RangeError if the format cannot hold the number. */
export function checkNumber(value: number): void {
  if (!(Number.isInteger(value) && value >= 0 && value <= MAX_VALUE)) {
    throw new RangeError(`expected a whole number from 0 to ${MAX_VALUE}, got ${value}`)
  }
}
