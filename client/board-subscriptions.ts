/** The subscriptions of an app: its listeners by issue, and the boards that they get. */
import type { BoardJson } from '../market/board-json.ts'
import type { MissedTrades, Update } from '../market/protocol.ts'
import type { View } from '../market/view.ts'
import type { Book } from './board-book.ts'
import type { BoardEvent } from './board-events.ts'
import { createEmitter } from './emitter.ts'
import type { Recovery } from './trade-recovery.ts'
import { createWantedViews, type SubscribeOptions, viewOf } from './wanted-views.ts'

export interface SubscriptionsOptions {
  readonly book: Book
  readonly recovery: Recovery
  /** Gets the missed trades of issues with a listener. */
  readonly onMissed: (missed: MissedTrades) => void
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
   * @throws RangeError above 200 issues in the view `board`, or 1,000 in the view `quote`, and for a text that is no
   * issue code.
   */
  add(issue: string, listener: (event: BoardEvent) => void, options?: SubscribeOptions): () => void
  /** Applies missed trades, then updates, and ignores those of issues without a listener. */
  apply(updates: readonly Update[], missed?: readonly MissedTrades[]): void
  /** The same for the boards in the answer to a request. */
  answer(boards: readonly BoardJson[]): void
  /** The server has accepted issues, and all boards that it has of them on a date have come. */
  startDate(issues: readonly string[], date: string): void
  /** Gives listeners the board of an issue again, if there is one. */
  repeat(issue: string): void
  /** Gives listeners the trades of an issue that have come without a board. */
  progress(issue: string): void
  /** Returns the issues with a listener, and their views. */
  wanted(): [issue: string, view: View][]
  /** Returns the issues with a listener of which the app has a board. */
  issuesWithBoard(): string[]
  /** Whether a board of the app comes from this line. */
  usesLine(line: number): boolean
}

export function createSubscriptions({
  book,
  recovery,
  onMissed,
  onBoard,
  onWanted,
  onUnwanted,
}: SubscriptionsOptions): Subscriptions {
  const listeners = createEmitter<Record<string, BoardEvent>>()
  const wanted = createWantedViews()

  const isWanted = (issue: string): boolean => wanted.view(issue) !== undefined

  function emit(event: BoardEvent | undefined): void {
    if (event === undefined) return
    listeners.emit(event.issue, event)
    onBoard(event)
  }

  function progress(issue: string): void {
    if (!isWanted(issue)) return
    emit(book.flush(issue))
    recovery.check(issue)
  }

  function want(issue: string, view: View): void {
    book.want(issue, view)
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
    recovery.drop(issue)
    onUnwanted(issue)
  }

  return {
    wanted: wanted.all,
    issuesWithBoard: () =>
      wanted.all().flatMap(([issue]) => (book.board(issue) === undefined ? [] : [issue])),
    usesLine: line => wanted.all().some(([issue]) => book.board(issue)?.line === line),
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
    apply(updates, missed = []) {
      for (const entry of missed) {
        if (!isWanted(entry.issue)) continue
        recovery.answered(entry)
        onMissed(entry)
      }
      for (const update of updates) {
        const { issue } = 'board' in update ? update.board : update
        if (!isWanted(issue)) continue
        emit(book.apply(update))
        recovery.check(issue)
      }
      for (const issue of new Set(missed.map(entry => entry.issue))) progress(issue)
    },
    startDate(issues, date) {
      for (const issue of issues) if (isWanted(issue)) book.startDate(issue, date)
    },
    repeat(issue) {
      const board = book.board(issue)
      if (isWanted(issue) && board !== undefined) emit({ issue, board, trades: [], snapshot: false })
    },
    progress,
    answer(boards) {
      for (const board of boards) {
        if (!isWanted(board.issue)) continue
        emit(book.answer(board))
        recovery.check(board.issue)
      }
    },
  }
}
