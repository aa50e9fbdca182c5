/**
 * The boards that an app has, by the rule of market/protocol.ts. A difference is applied if it follows the board,
 * ignored if it is old, and kept waiting if an update before it is missing. When the view of an issue changes, the board
 * of the old view stays until a whole board of the new view comes that is not older. No I/O.
 */
import type { BoardJson, TradeJson } from '../market/board-json.ts'
import { dateOf, isoDate, momentFromIso } from '../market/moment.ts'
import type { BoardUpdate, RequestedView, Update } from '../market/protocol.ts'
import type { EpochMicros, Yen } from '../market/units.ts'
import {
  applyChanges,
  type ChangeUpdate,
  type TradeRow,
  tradeOfRow,
  type UpdateTrades,
} from '../market/update-json.ts'

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
  /** Highest and lowest price of the trades in yen, also in a view without trades. Absent without a trade. */
  readonly high?: Yen
  readonly low?: Yen
  /**
   * Trades since the previous board are missing in `trades`, `high` and `low`: the line lost messages of the issue, or the
   * app missed updates. The board is correct. A subscription starts with its first update, so nothing before it is lost.
   */
  readonly lost?: true
}

export interface Book {
  /** Sets the view in which an issue is wanted. Default: `board`. */
  want(issue: string, view: RequestedView): void
  board(issue: string): BoardJson | undefined
  /** Returns the change, or `undefined` if the update is old or an update before it is missing. */
  apply(update: Update): BoardEvent | undefined
  /** The same for a board in the answer to a request. It may be some seconds old. */
  answer(board: BoardJson): BoardEvent | undefined
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
  const wanted = new Map<string, RequestedView>()
  /** Issues that had an update in the wanted view: from then on no trade is missing without the mark. */
  const started = new Set<string>()

  function applyOne(update: Update): BoardEvent | undefined {
    const event = 'board' in update ? replace(update) : follow(update)
    if (event !== undefined) boards.set(event.issue, event.board)
    return event
  }

  /** Applies the differences that have waited for an update. */
  function applyWaiting(event: BoardEvent | undefined): BoardEvent | undefined {
    if (event === undefined) return undefined
    const list = waiting.get(event.issue) ?? []
    waiting.delete(event.issue)
    return list.reduce((joined, next) => joinEvents(joined, applyOne(next)), event)
  }

  function isWanted(issue: string, view: RequestedView): boolean {
    return (wanted.get(issue) ?? 'board') === view
  }

  function replace(update: BoardUpdate): BoardEvent | undefined {
    const { board } = update
    const { issue } = board
    const previous = boards.get(issue)
    const isOfWantedView = isWanted(issue, viewOf(board))
    if (previous !== undefined && viewOf(previous) !== viewOf(board)) {
      if (!isOfWantedView) return undefined
      // A board of another view has other members, also at the same sequence.
      if (order(board, previous) < 0) return undefined
    } else if (previous !== undefined && order(board, previous) <= 0) return undefined
    const event = wholeBoard(previous, update)
    return started.has(issue) && lacksTrades(previous, update) ? { ...event, lost: true } : event
  }

  function follow(update: ChangeUpdate): BoardEvent | undefined {
    const board = boards.get(update.issue)
    const isOfWantedView = isWanted(update.issue, viewOf(update))
    if (board === undefined || viewOf(board) !== viewOf(update) || isGap(board, update)) {
      if (isOfWantedView) wait(update)
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
    want(issue, view) {
      if (!isWanted(issue, view)) {
        waiting.delete(issue)
        started.delete(issue)
      }
      wanted.set(issue, view)
    },
    board: issue => boards.get(issue),
    hasGap: issue => waiting.has(issue),
    apply(update) {
      const event = applyWaiting(applyOne(update))
      if (event !== undefined && isWanted(event.issue, viewOf(event.board))) started.add(event.issue)
      return event
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

function wholeBoard(previous: BoardJson | undefined, update: BoardUpdate): BoardEvent {
  const { board } = update
  const known = previous?.date === board.date ? previous.sequence : 0
  return { issue: board.issue, board, snapshot: true, ...tradesOf(update, known, () => momentOf(board)) }
}

/** Returns whether the volume has grown by more than the trades of a whole board have. */
function lacksTrades(
  previous: BoardJson | undefined,
  { board, trades = [], traded = 0 }: BoardUpdate,
): boolean {
  if (previous?.date !== board.date) return false
  const later = trades.filter(([, , , sequence]) => sequence > previous.sequence)
  const known = later.reduce((sum, [, quantity]) => sum + quantity, traded)
  return (board.volume ?? 0) - (previous.volume ?? 0) > known
}

function difference(previous: BoardJson, update: ChangeUpdate): BoardEvent {
  const board = applyChanges(previous, update.changes, update)
  const trades = tradesOf(update, previous.sequence, () => update.time)
  return { issue: board.issue, board, snapshot: false, ...trades }
}

/** @throws RangeError for a board without a time. */
function momentOf({ time }: BoardJson): EpochMicros {
  const moment = momentFromIso(time)
  if (moment === undefined) throw new RangeError(`expected a board with an ISO 8601 time, got "${time}"`)
  return moment
}

/** Returns the trades of an update after the sequence `known`, with their high and low. */
function tradesOf(
  update: UpdateTrades,
  known: number,
  moment: () => EpochMicros,
): Pick<BoardEvent, 'trades' | 'high' | 'low' | 'lost'> {
  const rows = (update.trades ?? []).filter(([, , , sequence]: TradeRow) => sequence > known)
  const trades = rows.map(row => tradeOfRow(row, moment()))
  const { high, low } = trades.reduce(
    (range, { price }) => ({
      high: extreme(Math.max, range.high, price),
      low: extreme(Math.min, range.low, price),
    }),
    { high: update.high, low: update.low },
  )
  return { trades, ...rangeMembers({ high, low, lost: update.lost }) }
}

/** Returns one event for an event of an issue and the next one. */
export function joinEvents(first: BoardEvent, next: BoardEvent | undefined): BoardEvent {
  if (next === undefined) return first
  return {
    ...first,
    board: next.board,
    trades: [...first.trades, ...next.trades],
    snapshot: first.snapshot || next.snapshot,
    ...rangeMembers({
      high: extreme(Math.max, first.high, next.high),
      low: extreme(Math.min, first.low, next.low),
      lost: next.lost,
    }),
  }
}

function extreme(choose: typeof Math.max, a?: number, b?: number): number | undefined {
  return a === undefined ? b : b === undefined ? a : choose(a, b)
}

/** Returns the members that are present. */
function rangeMembers({
  high,
  low,
  lost,
}: { [K in 'high' | 'low' | 'lost']: BoardEvent[K] | undefined }): Pick<BoardEvent, 'high' | 'low' | 'lost'> {
  return {
    ...(high === undefined ? {} : { high }),
    ...(low === undefined ? {} : { low }),
    ...(lost ? { lost } : {}),
  }
}
