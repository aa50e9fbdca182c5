/** Checks what some apps got with the code of the client: the last boards, and each trade once. */
import { isDeepStrictEqual } from 'node:util'
import { createBook } from '../../client/board-book.ts'
import { readServerMessage } from '../../client/server-message.ts'
import type { BoardJson } from '../../market/board-json.ts'
import { boardInView } from '../../market/board-to-json.ts'
import type { App } from './fanout-apps.ts'
import type { FanoutMarket } from './fanout-market.ts'

/** @param messages all messages of the app, in order. @throws Error if a board differs, or a trade is missing or double. */
export function checkClient(market: FanoutMarket, app: App, messages: readonly string[]): void {
  const book = createBook()
  /** By issue: the sequence of the first board, and the trades after it. */
  const first = new Map<string, number>()
  const trades = new Map<string, number[]>()
  for (const text of messages) {
    const message = readServerMessage(text)
    if (typeof message === 'string' || message.type !== 'updates')
      throw new Error(`${app.connection}: expected updates, got ${text.slice(0, 100)}`)
    for (const update of message.updates) {
      const event = book.apply(update)
      if (event === undefined) continue
      const { issue, board } = event
      if (!first.has(issue)) {
        first.set(issue, board.sequence)
        trades.set(issue, [])
      } else trades.get(issue)!.push(...event.trades.map(({ sequence }) => sequence))
    }
  }
  for (const issue of app.issues) {
    const expected = shownOf(boardInView(market.latest.get(issue)!, app.view), app)
    const board = shownOf(book.board(issue), app)
    if (!isDeepStrictEqual(board, expected))
      throw new Error(`${issue}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(board)}`)
    const all = market.trades.get(issue)?.filter(sequence => sequence > first.get(issue)!) ?? []
    const got = trades.get(issue)!
    if (app.view !== 'quote' && !isDeepStrictEqual(got, all))
      throw new Error(`${issue}: expected the trades ${all}, got ${got}`)
  }
}

/** Returns a board as JSON. In a view of quotes it may be from an earlier tick, if later ticks changed only what is not shown. */
function shownOf(board: BoardJson | undefined, { view }: App): unknown {
  const shown: Record<string, unknown> = JSON.parse(JSON.stringify(board ?? {}))
  if (view !== 'board') for (const name of ['sequence', 'time']) delete shown[name]
  return shown
}
