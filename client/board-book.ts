/**
 * The boards an app holds, kept by the rule of market/protocol.ts: a difference is applied if it follows what is
 * held, ignored if it says nothing new, and kept aside if something between is missing. No I/O.
 */
import { applyChanges, type BoardJson, type TradeJson } from '../market/board-json.ts'
import type { BoardUpdate, ChangeUpdate, RoundTrades, Update } from '../market/protocol.ts'

/** Differences kept aside an issue while a snapshot is on its way: a few rounds of updates, not a history. */
const MAX_HELD_CHANGES = 64

/** A board has changed. */
export interface BoardEvent {
  readonly issue: string
  /** The board after the change: whole, and never changed later. */
  readonly board: BoardJson
  /** Trades since the board the app had before, oldest first, each given once. */
  readonly trades: readonly TradeJson[]
  /** The board came whole, so what happened between it and the one before may not all be in `trades`. */
  readonly snapshot: boolean
  /** Highest and lowest trade price in yen of the update, where the server said them. */
  readonly high?: number
  readonly low?: number
  /** The feed itself has lost messages of the issue for good: some trades are missing. The board is right again. */
  readonly lost?: true
}

export interface Book {
  board(issue: string): BoardJson | undefined
  /** @returns what changed, or `undefined` if the update is old or something before it is missing. */
  apply(update: Update): BoardEvent | undefined
  /** Whether updates of an issue are waiting for one that is missing: a snapshot is needed. */
  hasGap(issue: string): boolean
  /** Forgets an issue. */
  drop(issue: string): void
  /** Forgets the updates that wait, not the boards: after a reconnect everything is asked again. */
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
    const held = boards.get(update.issue)
    if (held === undefined || isMissing(held, update)) {
      wait(update)
      return undefined
    }
    return held.sequence >= update.sequence ? undefined : difference(held, update)
  }

  function wait(update: ChangeUpdate): void {
    const list = waiting.get(update.issue) ?? []
    waiting.set(update.issue, list)
    list.push(update)
    list.sort((a, b) => a.sequence - b.sequence)
    if (list.length > MAX_HELD_CHANGES) list.shift()
  }

  return {
    board: issue => boards.get(issue),
    hasGap: issue => waiting.has(issue),
    apply(update) {
      let event = applyOne(update)
      if (event === undefined) return undefined
      const list = waiting.get(event.issue)
      waiting.delete(event.issue)
      for (const next of list ?? []) event = joined(event, applyOne(next))
      return event
    },
    drop(issue) {
      boards.delete(issue)
      waiting.delete(issue)
    },
    dropWaiting: () => waiting.clear(),
  }
}

/** Sequences start anew each trading date, so only those of one date can be compared. */
function isMissing(held: BoardJson, update: ChangeUpdate): boolean {
  return held.sequence < update.follows || update.time.slice(0, held.date.length) > held.date
}

function replace(
  held: BoardJson | undefined,
  { board, trades = [], ...round }: BoardUpdate,
): BoardEvent | undefined {
  if (held !== undefined) {
    if (board.date < held.date) return undefined
    if (board.date === held.date) {
      if (board.sequence <= held.sequence) return undefined
      trades = trades.filter(trade => trade.sequence > held.sequence)
    }
  }
  return { issue: board.issue, board, trades, snapshot: true, ...said(round) }
}

function difference(held: BoardJson, update: ChangeUpdate): BoardEvent {
  const board = applyChanges(held, update.changes, { sequence: update.sequence, time: update.time })
  const trades = (update.trades ?? []).filter(trade => trade.sequence > held.sequence)
  return { issue: board.issue, board, trades, snapshot: false, ...said(update) }
}

/** One event for an update and those that had waited for it. */
function joined(first: BoardEvent, next: BoardEvent | undefined): BoardEvent {
  if (next === undefined) return first
  return {
    ...first,
    board: next.board,
    trades: [...first.trades, ...next.trades],
    ...said({
      high: pick(Math.max, first.high, next.high),
      low: pick(Math.min, first.low, next.low),
      lost: first.lost ?? next.lost,
    }),
  }
}

function pick(of: (a: number, b: number) => number, a?: number, b?: number): number | undefined {
  return a === undefined ? b : b === undefined ? a : of(a, b)
}

/** What the server has said of the round beside its trades. */
function said({
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
