/** An app that follows the rules of docs/protocol.md. */
import type { BoardJson, TradeJson } from '../../../market/board-json.ts'
import { momentFromIso } from '../../../market/moment.ts'
import type { Update } from '../../../market/protocol.ts'
import { applyChanges, tradeOfRow } from '../../../market/update-json.ts'

export class App {
  readonly boards = new Map<string, BoardJson>()
  readonly trades: TradeJson[] = []
  breaks = 0

  take(update: Update): void {
    const time = 'board' in update ? momentFromIso(update.board.time)! : update.time
    this.trades.push(...(update.trades ?? []).map(row => tradeOfRow(row, time)))
    if ('board' in update) {
      const held = this.boards.get(update.board.issue)
      if (held === undefined || update.board.sequence > held.sequence)
        this.boards.set(update.board.issue, update.board)
      return
    }
    const held = this.boards.get(update.issue)
    if (held === undefined || held.sequence < update.follows) this.breaks++
    else if (held.sequence < update.sequence) {
      this.boards.set(update.issue, applyChanges(held, update.changes, update))
    }
  }
}
