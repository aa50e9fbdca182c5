/**
 * The boards that an app has, by the rule of market/protocol.ts. A difference is applied if it follows the board, ignored if it
 * is old, and kept waiting if an update before it is missing. When the view of an issue changes, the board of the old view
 * stays until a whole board of the new view comes that is not older. No I/O.
 */
import type { BoardJson } from '../market/board-json.ts'
import { dateOf, isoDate } from '../market/moment.ts'
import type { BoardUpdate, RequestedView, Update } from '../market/protocol.ts'
import { applyChanges, type ChangeUpdate } from '../market/update-json.ts'
import { type BoardEvent, joinRanges, rangeMembers } from './board-events.ts'

/** Differences of an issue that wait for a snapshot: some rounds of updates. The oldest is dropped. */
const MAX_WAITING = 64

/** A changed board. High, low and `lost` are those of a view without trades. */
export type BoardChange = Omit<BoardEvent, 'issue' | 'trades'>

export interface Boards {
  /** Sets the view in which an issue is wanted. Default: `board`. */
  want(issue: string, view: RequestedView): void
  board(issue: string): BoardJson | undefined
  /** Whether a board or a difference has the view that is wanted. */
  isWanted(part: BoardJson | ChangeUpdate): boolean
  /** Returns the change, or `undefined` if the update is old or an update before it is missing. */
  apply(update: Update): BoardChange | undefined
  /** The same for a board in the answer to a request. It may be some seconds old. */
  answer(board: BoardJson): BoardChange | undefined
  /** Returns the differences that wait for a missing update. */
  waiting(issue: string): readonly ChangeUpdate[]
  /** Deletes the board and the waiting differences of an issue. */
  drop(issue: string): void
  /** Deletes all waiting differences, but no board. A new connection starts with whole boards. */
  dropWaiting(): void
}

export function createBoards(): Boards {
  const boards = new Map<string, BoardJson>()
  const waiting = new Map<string, ChangeUpdate[]>()
  const wanted = new Map<string, RequestedView>()
  /** Issues that had an update in the wanted view: from then on no trade is missing without the mark. */
  const started = new Set<string>()

  function applyOne(update: Update): BoardChange | undefined {
    const change = 'board' in update ? replace(update) : follow(update)
    if (change !== undefined) boards.set(change.board.issue, change.board)
    return change
  }

  /** Applies the differences that have waited for an update. */
  function applyWaiting(change: BoardChange | undefined): BoardChange | undefined {
    if (change === undefined) return undefined
    const { issue } = change.board
    const list = waiting.get(issue) ?? []
    waiting.delete(issue)
    return list.reduce((joined, next) => joinChanges(joined, applyOne(next)), change)
  }

  function isWanted(part: BoardJson | ChangeUpdate): boolean {
    return (wanted.get(part.issue) ?? 'board') === viewOf(part)
  }

  function replace(update: BoardUpdate): BoardChange | undefined {
    const { board } = update
    const previous = boards.get(board.issue)
    if (previous !== undefined && viewOf(previous) !== viewOf(board)) {
      if (!isWanted(board)) return undefined
      // A board of another view has other members, also at the same sequence.
      if (order(board, previous) < 0) return undefined
    } else if (previous !== undefined && order(board, previous) <= 0) return undefined
    const change = { board, snapshot: true, ...rangeMembers(update) }
    return started.has(board.issue) && lacksTrades(previous, update) ? { ...change, lost: true } : change
  }

  function follow(update: ChangeUpdate): BoardChange | undefined {
    const board = boards.get(update.issue)
    if (board === undefined || viewOf(board) !== viewOf(update) || isGap(board, update)) {
      if (isWanted(update)) wait(update)
      return undefined
    }
    if (board.sequence >= update.sequence) return undefined
    return { board: applyChanges(board, update.changes, update), snapshot: false, ...rangeMembers(update) }
  }

  function wait(update: ChangeUpdate): void {
    const list = waiting.get(update.issue) ?? []
    waiting.set(update.issue, list)
    list.push(update)
    list.sort((a, b) => a.sequence - b.sequence)
    if (list.length > MAX_WAITING) list.shift()
  }

  return {
    want(issue, view) {
      if ((wanted.get(issue) ?? 'board') !== view) {
        waiting.delete(issue)
        started.delete(issue)
      }
      wanted.set(issue, view)
    },
    isWanted,
    board: issue => boards.get(issue),
    waiting: issue => waiting.get(issue) ?? [],
    apply(update) {
      const change = applyWaiting(applyOne(update))
      if (change !== undefined && isWanted(change.board)) started.add(change.board.issue)
      return change
    },
    answer: board => applyWaiting(applyOne({ board })),
    drop(issue) {
      boards.delete(issue)
      waiting.delete(issue)
      wanted.delete(issue)
      started.delete(issue)
    },
    dropWaiting: () => waiting.clear(),
  }
}

/** Whether updates between a board and a difference are missing. Sequences are comparable within one date only. */
function isGap(board: BoardJson, update: ChangeUpdate): boolean {
  return board.sequence < update.follows || isoDate(dateOf(update.time)) > board.date
}

function viewOf({ view }: BoardJson | ChangeUpdate): RequestedView {
  return view ?? 'board'
}

/** Returns a negative number if `board` is older than `other`, 0 for the same date and sequence. */
function order(board: BoardJson, other: BoardJson): number {
  if (board.date !== other.date) return board.date < other.date ? -1 : 1
  return board.sequence - other.sequence
}

/** Returns whether the volume has grown by more than `high` and `low` of a whole board cover. */
function lacksTrades(previous: BoardJson | undefined, { board, traded = 0 }: BoardUpdate): boolean {
  if (previous?.date !== board.date) return false
  return (board.volume ?? 0) - (previous.volume ?? 0) > traded
}

/** Returns one change for a change and a difference that waited for it. */
function joinChanges(first: BoardChange, next: BoardChange | undefined): BoardChange {
  if (next === undefined) return first
  return { board: next.board, snapshot: first.snapshot, ...rangeMembers(joinRanges(first, next)) }
}
