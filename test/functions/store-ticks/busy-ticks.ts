/** Ticks whose boards change a lot, so that they fill packs quickly. */

import { ASKS, copyBoard, emptyBoard, F } from '../../../market/board.ts'
import { RULES } from '../../../market/calendar/calendar.ts'
import type { Tick } from '../../../market/tick.ts'
import { PRICE_SCALE } from '../../../market/units.ts'
import { MORNING, TRADING_DATE } from '../stored-market.ts'

/** Returns ticks of one issue, a millisecond apart. Each changes a price and three quantities unpredictably. */
export function busyTicks(count: number): Tick[] {
  let board = emptyBoard('7203')
  let state = 1
  const next = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return (state >>> 8) % below
  }
  return Array.from({ length: count }, (_, index) => {
    board = copyBoard(board)
    const { values } = board
    values[F.updateNumber] = index + 1
    values[F.volume] = 0
    values[ASKS] = (1_000 + next(100)) * PRICE_SCALE
    for (let level = 0; level < 3; level++) values[ASKS + 2 * next(10) + 1] = 100 * next(1_000)
    return { tradingDate: TRADING_DATE, line: 1, sequence: index + 1, time: MORNING + 1_000 * index, board }
  })
}

/** Returns ticks of one issue over some hours, a third of them with trades at random prices. */
export function tradingTicks(count: number): Tick[] {
  const { morning, afternoon } = RULES.hoursOf(TRADING_DATE)
  let volume = 0
  let turnover = 0
  return busyTicks(count).map((tick, index) => {
    const board = copyBoard(tick.board)
    const time = morning.start + Math.floor((index * (afternoon.end - morning.start)) / count)
    const price = 20_000_000 + 5_000 * ((index * 7_919) % 101)
    const quantity = index % 3 === 0 ? 100 * (1 + ((index * 31) % 97)) : 0
    volume += quantity
    turnover += (price / 100) * quantity
    board.values[F.volume] = volume
    board.values[F.turnover] = turnover
    if (quantity > 0) board.values[F.last] = price
    return { ...tick, time, board, ...(quantity > 0 ? { trade: { price, quantity } } : {}) }
  })
}
