/**
 * The boards that an app has, by the rule of market/protocol.ts. A difference is applied if it follows the board,
 * ignored if it is old, and kept waiting if an update before it is missing. No I/O.
 */
import { applyChanges, type BoardJson, type TradeJson } from '../market/board-json.ts'
import type { BoardUpdate, ChangeUpdate, RoundTrades, Update } from '../market/protocol.ts'
import type { Yen } from '../market/units.ts'

/** Differences of an issue that wait for a snapshot: some rounds of updates. The oldest is dropped. */
const MAX_WAITING = 64

/** A changed board. */
export interface BoardEvent {
  readonly issue: string
  /** The whole board after the change. The object is never changed. */
  readonly board: BoardJson
  /** Trades since the previous board of the app, oldest first. Each trade comes once. */
  readonly trades: readonly TradeJson[]
  /** The server sent a whole board. Trades between the previous board and this one may be missing in `trades`. */
  readonly snapshot: boolean
  /** Highest and lowest trade price of the update in yen, if the update has them. */
  readonly high?: Yen
  readonly low?: Yen
  /** The feed lost messages of the issue, so trades are missing. The board is correct. */
  readonly lost?: true
}

export interface Book {
  board(issue: string): BoardJson | undefined
  /** Returns the change, or `undefined` if the update is old or an update before it is missing. */
  apply(update: Update): BoardEvent | undefined
  /** Whether differences of an issue wait for a missing update. The issue needs a snapshot. */
  hasGap(issue: string): boolean
  /** Deletes the board and the waiting differences of an issue. */
  drop(issue: string): void
  /** Deletes all waiting differences, but no board. A new connection starts with whole boards. */
  dropWaiting(): void
}

export function createBook(): Book {
  const boards = new Map<string, BoardJson>()
  const waiting = new Map<string, ChangeUpdate[]>()

  function applyOne(update: Update): BoardEvent | undefined {
    const event = 'board' in update ? replace(boards.get(update.board.issue), update) : follow(update)
    if (event !== undefined) boards.set(event.issue, event.board)
    return event
  }

  function follow(update: ChangeUpdate): BoardEvent | undefined {
    const board = boards.get(update.issue)
    if (board === undefined || isGap(board, update)) {
      wait(update)
      return undefined
    }
    return board.sequence >= update.sequence ? undefined : difference(board, update)
  }

  function wait(update: ChangeUpdate): void {
    const list = waiting.get(update.issue) ?? []
    waiting.set(update.issue, list)
    list.push(update)
    list.sort((a, b) => a.sequence - b.sequence)
    if (list.length > MAX_WAITING) list.shift()
  }

  return {
    board: issue => boards.get(issue),
    hasGap: issue => waiting.has(issue),
    apply(update) {
      let event = applyOne(update)
      if (event === undefined) return undefined
      const list = waiting.get(event.issue)
      waiting.delete(event.issue)
      for (const next of list ?? []) event = joinEvents(event, applyOne(next))
      return event
    },
    drop(issue) {
      boards.delete(issue)
      waiting.delete(issue)
    },
    dropWaiting: () => waiting.clear(),
  }
}

/** Whether updates between a board and a difference are missing. Sequences are comparable within one date only. */
function isGap(board: BoardJson, update: ChangeUpdate): boolean {
  return board.sequence < update.follows || update.time.slice(0, board.date.length) > board.date
}

function replace(
  previous: BoardJson | undefined,
  { board, trades = [], ...round }: BoardUpdate,
): BoardEvent | undefined {
  if (previous !== undefined) {
    if (board.date < previous.date) return undefined
    if (board.date === previous.date) {
      if (board.sequence <= previous.sequence) return undefined
      trades = trades.filter(trade => trade.sequence > previous.sequence)
    }
  }
  return { issue: board.issue, board, trades, snapshot: true, ...roundMembers(round) }
}

function difference(previous: BoardJson, update: ChangeUpdate): BoardEvent {
  const board = applyChanges(previous, update.changes, { sequence: update.sequence, time: update.time })
  const trades = (update.trades ?? []).filter(trade => trade.sequence > previous.sequence)
  return { issue: board.issue, board, trades, snapshot: false, ...roundMembers(update) }
}

/** Returns one event for an update and a difference that waited for it. */
function joinEvents(first: BoardEvent, next: BoardEvent | undefined): BoardEvent {
  if (next === undefined) return first
  return {
    ...first,
    board: next.board,
    trades: [...first.trades, ...next.trades],
    ...roundMembers({
      high: extreme(Math.max, first.high, next.high),
      low: extreme(Math.min, first.low, next.low),
      lost: next.lost,
    }),
  }
}

function extreme(choose: typeof Math.max, a?: number, b?: number): number | undefined {
  return a === undefined ? b : b === undefined ? a : choose(a, b)
}

/** Returns the members of a round that are present, without its trades. */
function roundMembers({
  high,
  low,
  lost,
}: { [K in keyof RoundTrades]: RoundTrades[K] | undefined }): Pick<BoardEvent, 'high' | 'low' | 'lost'> {
  return {
    ...(high === undefined ? {} : { high }),
    ...(low === undefined ? {} : { low }),
    ...(lost ? { lost } : {}),
  }
}
