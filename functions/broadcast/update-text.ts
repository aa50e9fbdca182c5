/** Updates as the JSON text that goes out, made once however many connections it goes to. */

import { PRICE_SCALE } from '../../market/board.ts'
import { boardToJson, changesToJson } from '../../market/board-to-json.ts'
import { isoTime } from '../../market/moment.ts'
import type { BoardUpdate, ChangeUpdate, RoundTrades } from '../../market/protocol.ts'
import type { Tick } from '../../market/tick.ts'
import type { IssueUpdate } from './conflate.ts'

/** The whole board, with the round's trades. */
export function wholeText(update: IssueUpdate): string {
  const whole: BoardUpdate = { board: boardToJson(update.tick), ...tradesOf(update) }
  return JSON.stringify(whole)
}

/** What the round changed since the update it follows; the whole board where it follows none. */
export function changeText(update: IssueUpdate): string {
  const { tick, follows, touched } = update
  if (follows === undefined) return wholeText(update)
  const change: ChangeUpdate = {
    issue: tick.board.issue,
    follows,
    sequence: tick.sequence,
    time: isoTime(tick.tradingDate, tick.time),
    changes: changesToJson(tick, touched),
    ...tradesOf(update),
  }
  return JSON.stringify(change)
}

/** A board out of its turn: for a connection that missed what brought it. */
export function boardText(tick: Tick): string {
  const board: BoardUpdate = { board: boardToJson(tick) }
  return JSON.stringify(board)
}

function tradesOf({ trades, high, low, lost }: IssueUpdate): RoundTrades {
  return {
    ...(high === undefined || low === undefined
      ? {}
      : { trades, high: high / PRICE_SCALE, low: low / PRICE_SCALE }),
    ...(lost ? { lost } : {}),
  }
}
