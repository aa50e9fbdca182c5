/** The subscriptions of an app: its listeners by issue, and the boards that they get. */
import type { BoardJson } from '../market/board-json.ts'
import type { Update } from '../market/protocol.ts'
import type { View } from '../market/view.ts'
import { type BoardEvent, createBook } from './board-book.ts'
import { createEmitter } from './emitter.ts'
import { createWantedViews, requestedView, type SubscribeOptions, viewOf } from './wanted-views.ts'

export interface SubscriptionsOptions {
  /** Gets every event of a board. */
  readonly onBoard: (event: BoardEvent) => void
  /** The issue has a new listener, or its listeners want another view. */
  readonly onWanted: (issue: string, view: View) => void
  /** The issue has no listener any more. */
  readonly onUnwanted: (issue: string) => void
}

export interface Subscriptions {
  /**
   * Adds a listener, which gets the board at once if there is one.
   * @returns a function that removes the listener.
   * @throws RangeError above 200 issues in the view `board`, or 1,000 in the view `quote`.
   */
  add(issue: string, listener: (event: BoardEvent) => void, options?: SubscribeOptions): () => void
  /** Applies updates, and ignores those of issues without a listener. */
  apply(updates: readonly Update[]): void
  /** The same for the boards in the answer to a request. */
  answer(boards: readonly BoardJson[]): void
  board(issue: string): BoardJson | undefined
  /** Whether any issue has a listener. */
  hasAny(): boolean
  /** Whether a board of the app comes from this line. */
  usesLine(line: number): boolean
  hasGap(issue: string): boolean
  /** Drops the differences that wait for a missing one, because a new connection starts with whole boards. */
  dropWaiting(): void
}

export function createSubscriptions({ onBoard, onWanted, onUnwanted }: SubscriptionsOptions): Subscriptions {
  const book = createBook()
  const listeners = createEmitter<Record<string, BoardEvent>>()
  const wanted = createWantedViews()

  const isWanted = (issue: string): boolean => wanted.view(issue) !== undefined

  function emit(event: BoardEvent | undefined): void {
    if (event === undefined) return
    listeners.emit(event.issue, event)
    onBoard(event)
  }

  function want(issue: string, view: View): void {
    book.want(issue, requestedView(view))
    onWanted(issue, view)
  }

  function removeOne(issue: string, view: View): void {
    const before = wanted.view(issue)
    const left = wanted.remove(issue, view)
    if (left !== undefined) {
      if (left !== before) want(issue, left)
      return
    }
    book.drop(issue)
    onUnwanted(issue)
  }

  return {
    board: book.board,
    hasAny: () => wanted.issues().length > 0,
    usesLine: line => wanted.issues().some(issue => book.board(issue)?.line === line),
    hasGap: book.hasGap,
    dropWaiting: book.dropWaiting,
    add(issue, listener, options = {}) {
      const view = viewOf(options)
      const widest = wanted.add(issue, view)
      const removeListener = listeners.on(issue, listener)
      want(issue, widest)
      const board = book.board(issue)
      if (board !== undefined) listener({ issue, board, trades: [], snapshot: true })
      let isRemoved = false
      return () => {
        if (isRemoved) return
        isRemoved = true
        removeListener()
        removeOne(issue, view)
      }
    },
    apply(updates) {
      for (const update of updates) {
        if (isWanted('board' in update ? update.board.issue : update.issue)) emit(book.apply(update))
      }
    },
    answer(boards) {
      for (const board of boards) if (isWanted(board.issue)) emit(book.answer(board))
    },
  }
}
