/** A tick with an empty board. Its time is as many microseconds after nine as its sequence. */
import { emptyBoard } from '../../../market/board.ts'
import type { Tick } from '../../../market/tick.ts'
import { MORNING, TRADING_DATE } from '../stored-market.ts'

export const plainTick = (issue: string, sequence: number, tradingDate = TRADING_DATE): Tick => ({
  tradingDate,
  line: 1,
  sequence,
  time: MORNING + sequence,
  board: emptyBoard(issue),
})
