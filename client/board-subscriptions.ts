/** The subscriptions of an app: its listeners by issue, and the boards that they get. */
import type { BoardJson } from '../market/board-json.ts'
import { MAX_BOARDS_PER_CONNECTION, type Update } from '../market/protocol.ts'
import { type BoardEvent, createBook } from './board-book.ts'
import { createEmitter } from './emitter.ts'

export interface SubscriptionsOptions {
  /** Gets every event of a board. */
  readonly onBoard: (event: BoardEvent) => void
  /** The issue has its first listener. */
  readonly onWanted: (issue: string) => void
  /** The issue has no listener any more. */
  readonly onUnwanted: (issue: string) => void
}

export interface Subscriptions {
  /**
   * Adds a listener, which gets the board at once if there is one.
   * @returns a function that removes the listener.
   * @throws RangeError above {@link MAX_BOARDS_PER_CONNECTION} issues.
   */
  add(issue: string, listener: (event: BoardEvent) => void): () => void
  /** Applies updates, and ignores those of issues without a listener. */
  apply(updates: readonly Update[]): void
  board(issue: string): BoardJson | undefined
  hasGap(issue: string): boolean
  /** Drops the differences that wait for a missing one, because a new connection starts with whole boards. */
  dropWaiting(): void
}

export function createSubscriptions({ onBoard, onWanted, onUnwanted }: SubscriptionsOptions): Subscriptions {
  const book = createBook()
  const listeners = createEmitter<Record<string, BoardEvent>>()
  /** Number of listeners by issue. */
  const counts = new Map<string, number>()

  function removeOne(issue: string): void {
    const count = (counts.get(issue) ?? 1) - 1
    if (count > 0) {
      counts.set(issue, count)
      return
    }
    counts.delete(issue)
    book.drop(issue)
    onUnwanted(issue)
  }

  return {
    board: book.board,
    hasGap: book.hasGap,
    dropWaiting: book.dropWaiting,
    add(issue, listener) {
      if (!counts.has(issue) && counts.size >= MAX_BOARDS_PER_CONNECTION) {
        throw new RangeError(
          `expected at most ${MAX_BOARDS_PER_CONNECTION} issues, got ${issue} in addition to ${counts.size}`,
        )
      }
      counts.set(issue, (counts.get(issue) ?? 0) + 1)
      const removeListener = listeners.on(issue, listener)
      onWanted(issue)
      const board = book.board(issue)
      if (board !== undefined) listener({ issue, board, trades: [], snapshot: true })
      let isRemoved = false
      return () => {
        if (isRemoved) return
        isRemoved = true
        removeListener()
        removeOne(issue)
      }
    },
    apply(updates) {
      for (const update of updates) {
        if (!counts.has('board' in update ? update.board.issue : update.issue)) continue
        const event = book.apply(update)
        if (event === undefined) continue
        listeners.emit(event.issue, event)
        onBoard(event)
      }
    },
  }
}
