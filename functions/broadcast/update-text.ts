/** Updates as JSON text. Each text is made once, however many connections get it. */
import { boardToJson, changesToJson } from '../../market/board-to-json.ts'
import { isoTime } from '../../market/moment.ts'
import type { BoardUpdate, ChangeUpdate, RoundTrades } from '../../market/protocol.ts'
import type { Tick } from '../../market/tick.ts'
import { priceToYen } from '../../market/units.ts'
import type { IssueUpdate } from './conflate.ts'

/** Returns the whole board with the trades of the round. */
export function wholeText(update: IssueUpdate): string {
  const whole: BoardUpdate = { board: boardToJson(update.tick), ...tradesOf(update) }
  return JSON.stringify(whole)
}

/** Returns the changes since the update that this update follows; the whole board if it follows no update. */
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

/** Returns a board without trades, for a connection that missed the update with this board. */
export function boardText(tick: Tick): string {
  const board: BoardUpdate = { board: boardToJson(tick) }
  return JSON.stringify(board)
}

/** Returns members that JSON text leaves out if they are undefined. */
function tradesOf({ trades, high, low, lost }: IssueUpdate): RoundTrades {
  const lostMember: RoundTrades = { lost: lost || undefined }
  if (high === undefined || low === undefined) return lostMember
  return { trades, high: priceToYen(high), low: priceToYen(low), ...lostMember }
}
