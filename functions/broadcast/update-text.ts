/** Updates as JSON text, in the view of a subscription. Each text is made once, however many connections get it. */
import { boardInView, changesToJson, tradeRow } from '../../market/board-to-json.ts'
import type { IssueUpdate } from '../../market/issue-update.ts'
import { momentOf } from '../../market/moment.ts'
import type { BoardUpdate } from '../../market/protocol.ts'
import { quoteOfChange } from '../../market/quote-row.ts'
import type { Tick } from '../../market/tick.ts'
import { priceToYen } from '../../market/units.ts'
import type { ChangeUpdate, UpdateTrades } from '../../market/update-json.ts'
import { hasTrades, type View } from '../../market/view.ts'
import type { TickIdentity } from './issue-log.ts'

/** Returns the whole board with the trades of an update. */
export function wholeText(update: IssueUpdate, view: View): string {
  const { tick, traded } = update
  const trades = tradesOf(update, view)
  const range = trades.high === undefined ? {} : { traded }
  const whole: BoardUpdate = { board: boardInView(tick, view), ...trades, ...range }
  return JSON.stringify(whole)
}

/** Returns the changes since the update that this update follows; the whole board if it follows no update. */
export function changeText(update: IssueUpdate, view: View): string {
  const { tick, follows, touched } = update
  if (follows === undefined) return wholeText(update, view)
  const change: ChangeUpdate = {
    issue: tick.board.issue,
    follows,
    sequence: tick.sequence,
    time: momentOf(tick.tradingDate, tick.time),
    changes: changesToJson(tick, touched, view),
    ...tradesOf(update, view),
  }
  return JSON.stringify(view === 'board' ? change : quoteOfChange(change))
}

/**
 * Returns a difference without changes that follows its own sequence: an app with an older board finds a gap.
 * @param tick the last tick that changed the view.
 */
export function unchangedText(
  issue: string,
  { tradingDate, sequence, time }: TickIdentity,
  view: View,
): string {
  const moment = momentOf(tradingDate, time)
  const change: ChangeUpdate = { issue, follows: sequence, sequence, time: moment, changes: {} }
  return JSON.stringify(view === 'board' ? change : quoteOfChange(change))
}

/**
 * Returns a board without trades, for a connection that missed updates.
 * @param lost the line lost messages of the issue since the last update of the connection.
 */
export function boardText(tick: Tick, view: View, lost: boolean): string {
  const board: BoardUpdate = { board: boardInView(tick, view), ...lostMember(lost) }
  return JSON.stringify(board)
}

function tradesOf({ tick, trades, high, low, lost }: IssueUpdate, view: View): UpdateTrades {
  if (high === undefined || low === undefined) return lostMember(lost)
  if (!hasTrades(view)) return { high: priceToYen(high), low: priceToYen(low), ...lostMember(lost) }
  return { trades: trades.map(trade => tradeRow(trade, tick.time)), ...lostMember(lost) }
}

function lostMember(lost: boolean): { lost?: true } {
  return lost ? { lost } : {}
}
