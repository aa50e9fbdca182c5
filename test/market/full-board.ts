/** A board with a value in every field, for tests of its JSON. */
import {
  ASKS,
  BIDS,
  type Board,
  emptyBoard,
  F,
  LEVELS,
  statusNumber,
  TIME_FIELDS,
} from '../../market/board.ts'
import type { Tick } from '../../market/tick.ts'
import { TRADING_DATE } from './codec/arbitrary-ticks.ts'

/** 9:00 in microseconds of the day. */
export const NINE = 32_400_000_000

export const tickOf = (board: Board): Tick => ({
  tradingDate: TRADING_DATE,
  line: 1,
  sequence: 1,
  time: NINE,
  board,
})

/** Returns a board with a value in every field; `sign` is the sign of both best quotes, and every flag. */
export function fullBoard(sign: number): Board {
  const board = emptyBoard('7203')
  const { values } = board
  values[F.updateNumber] = 101
  values[F.status] = statusNumber('B')
  for (const [index, field] of TIME_FIELDS.entries()) values[field] = NINE + (index + 1) * 1_000_000
  for (const [index, field] of [F.open, F.high, F.low, F.last, F.vwap].entries())
    values[field] = (201 + index) * 10_000
  for (const field of [F.highStop, F.lowStop, F.closing, F.askSign, F.bidSign]) values[field] = sign
  for (const [index, field] of [F.volume, F.marketSell, F.marketBuy, F.over, F.under].entries())
    values[field] = 301 + index
  values[F.turnover] = 401 * 100
  for (let level = 0; level < LEVELS; level++) {
    values.set([(501 + level) * 10_000, level + 1], ASKS + 2 * level)
    values.set([(500 - level) * 10_000, level + 1], BIDS + 2 * level)
  }
  return board
}
