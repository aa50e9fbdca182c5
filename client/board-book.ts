/** The boards that an app has (boards.ts) with their trades (trade-tape.ts). No I/O. */
import type { BoardJson } from '../market/board-json.ts'
import type { PhaseEvent } from '../market/market-event.ts'
import type { BoardUpdate, MissedTrades, Update } from '../market/protocol.ts'
import { hasTrades, type View } from '../market/view.ts'
import { type BoardEvent, joinRanges, rangeMembers, rangeOf } from './board-events.ts'
import { type BoardChange, createBoards } from './boards.ts'
import { createEndedDates } from './ended-dates.ts'
import type { TapePosition, TradePiece } from './trade-day.ts'
import { emptyDate, pieceOfBoard, pieceOfChange, pieceOfMissed } from './trade-pieces.ts'
import { createTape, type Hole, type Tape } from './trade-tape.ts'
import { requestedView } from './wanted-views.ts'

/** Trades of an issue that wait while missing ones are fetched: three minutes of the busiest issue, 3 MB. Above it some are lost. */
const MAX_WAITING_TRADES = 20_000

/** The same for all issues, some 30 MB. */
const MAX_WAITING_IN_ALL = 200_000

export interface Book {
  /** Sets the view in which an issue is wanted. Default: `board`. */
  want(issue: string, view: View): void
  board(issue: string): BoardJson | undefined
  /** Returns the event, or `undefined` if the update is old or an update before it is missing. */
  apply(update: Update): BoardEvent | undefined
  /** The same for a board in the answer to a request. It may be some seconds old. */
  answer(board: BoardJson): BoardEvent | undefined
  /** Adds trades that were fetched. They come with the next event of their issue. */
  addMissed(missed: MissedTrades): void
  addTrades(issue: string, piece: TradePiece): void
  /** Returns an event with trades that no event has had, `undefined` without such trades. */
  flush(issue: string): BoardEvent | undefined
  /** Whether differences of an issue wait for a missing update. The issue needs a snapshot. */
  hasGap(issue: string): boolean
  /** Returns the place up to which the app has every trade, `undefined` without a board and in a view without trades. */
  position(issue: string): TapePosition | undefined
  /** From now on no trade after the position is missing without the mark `lost`, also before the first update. */
  begin(issue: string): void
  /**
   * The server has accepted an issue, and the boards that it has of a date have come. Without a board the issue had no trade on the
   * date. If the connection is replaced before the first update, the new one is asked for all trades of the date.
   */
  startDate(issue: string, date: string): void
  /** Returns trades that the app lacks although it has a later board. Only for a book that fetches them. */
  hole(issue: string): Hole | undefined
  /** Gives up the first hole. The next event of the issue has the mark `lost`. */
  giveUp(issue: string): void
  /** Deletes the board, the waiting differences and the trades of an issue. */
  drop(issue: string): void
  /** The market has a new phase: a date may have ended. */
  phase(event: PhaseEvent): void
  /**
   * There is no connection any more, or there was none for some time. Deletes all waiting differences, but no board, because a new connection starts with whole
   * boards. Trades may be missing until then.
   */
  interrupt(): void
}

/** @param fetches whether the owner of the book fetches the trades of holes. Otherwise they are lost at once. */
export function createBook(fetches = false): Book {
  const boards = createBoards()
  const views = new Map<string, View>()
  const tapes = new Map<string, Tape>()
  /** Issues that got their trades just now: differences without trades may come until the first whole board. */
  const withoutTrades = new Set<string>()

  const waiting = createWaitingCount()
  const ended = createEndedDates()
  const viewOf = (issue: string): View => views.get(issue) ?? 'board'

  /** Adds the trades of an update or of an answer to the tape of its issue. A first board starts the tape. */
  function feed(update: Update, isAnswer: boolean): void {
    const part = 'board' in update ? update.board : update
    if (!hasTrades(viewOf(part.issue)) || !boards.isWanted(part)) return
    if ('board' in update && !isAnswer) withoutTrades.delete(part.issue)
    if (withoutTrades.has(part.issue)) return
    const tape = tapes.get(part.issue)
    if (tape !== undefined) tape.add('board' in update ? pieceOfBoard(update) : pieceOfChange(update))
    else if ('board' in update) startTape(update, isAnswer)
  }

  function startTape(update: BoardUpdate, isAnswer: boolean): void {
    const { issue } = update.board
    const tape = tapeFrom(update, isAnswer ? update.board : boards.board(issue))
    tapes.set(issue, tape)
    for (const change of boards.waiting(issue)) tape.add(pieceOfChange(change))
  }

  /** Returns an event for a change of the board, or for trades without a change. */
  function eventOf(issue: string, change: BoardChange | undefined): BoardEvent | undefined {
    const tape = tapes.get(issue)
    const board = boards.board(issue)
    if (tape === undefined || board === undefined)
      return change === undefined ? undefined : { issue, trades: [], ...change }
    while (tape.hole(board) !== undefined && !(fetches && tape.isStarted)) tape.giveUp()
    while (waiting.isTooMany(issue, tape.waitingTrades)) tape.giveUp()
    const { trades, lost } = tape.take(board)
    if (change === undefined && trades.length === 0 && !lost) return undefined
    const range = joinRanges(withoutLost(change ?? {}), rangeOf(trades))
    const snapshot = change?.snapshot ?? false
    return { issue, board, trades, snapshot, ...rangeMembers({ ...range, lost: lost || undefined }) }
  }

  return {
    want(issue, view) {
      const before = viewOf(issue)
      views.set(issue, view)
      boards.want(issue, requestedView(view))
      if (!hasTrades(view)) {
        tapes.delete(issue)
        waiting.note(issue, 0)
      }
      if (before === 'quote' && view === 'quote-trades') withoutTrades.add(issue)
      else if (before !== view) withoutTrades.delete(issue)
    },
    board: boards.board,
    apply(update) {
      const { issue } = 'board' in update ? update.board : update
      feed(update, false)
      const event = eventOf(issue, boards.apply(update))
      tapes.get(issue)?.begin()
      return event
    },
    answer(board) {
      feed({ board }, true)
      return eventOf(board.issue, boards.answer(board))
    },
    addMissed: missed => tapes.get(missed.issue)?.add(pieceOfMissed(missed)),
    addTrades: (issue, piece) => tapes.get(issue)?.add(piece),
    flush: issue => eventOf(issue, undefined),
    hasGap: issue => boards.waiting(issue).length > 0,
    position: issue => tapes.get(issue)?.position,
    begin: issue => tapes.get(issue)?.begin(),
    startDate(issue, date) {
      const board = boards.board(issue)
      if (!hasTrades(viewOf(issue)) || board?.date === date) return
      const tape = tapes.get(issue)
      if (tape !== undefined) tape.add(emptyDate(date))
      else if (board === undefined) tapes.set(issue, createTape({ ...emptyDate(date), isStarted: false }))
    },
    hole(issue) {
      const board = boards.board(issue)
      return board === undefined ? undefined : tapes.get(issue)?.hole(board)
    },
    giveUp: issue => tapes.get(issue)?.giveUp(),
    drop(issue) {
      boards.drop(issue)
      views.delete(issue)
      tapes.delete(issue)
      withoutTrades.delete(issue)
      waiting.note(issue, 0)
    },
    phase: ended.phase,
    interrupt() {
      boards.dropWaiting()
      for (const tape of tapes.values()) tape.interrupt(ended.latest)
    },
  }
}

/**
 * Returns a tape with the trades of a first board.
 * @param start the board at which the tape starts: an answer itself, or the board before an update, which has the trades since then.
 */
function tapeFrom(update: BoardUpdate, start: BoardJson | undefined): Tape {
  const { date, sequence, time, volume } =
    start === undefined ? emptyDate(update.board.date) : pieceOfBoard({ board: start })
  const tape = createTape({ date, sequence, time, volume, isStarted: false })
  tape.add(pieceOfBoard(update))
  return tape
}

/** Counts the trades that wait after holes, by issue and in all. */
function createWaitingCount() {
  const counts = new Map<string, number>()
  let all = 0
  function note(issue: string, count: number): void {
    all += count - (counts.get(issue) ?? 0)
    if (count === 0) counts.delete(issue)
    else counts.set(issue, count)
  }
  return {
    note,
    /** Notes the count of an issue. Returns whether some of its trades must not wait. */
    isTooMany(issue: string, count: number): boolean {
      note(issue, count)
      return count > MAX_WAITING_TRADES || (count > 0 && all > MAX_WAITING_IN_ALL)
    },
  }
}

function withoutLost({ high, low }: Partial<BoardChange>): Pick<Partial<BoardEvent>, 'high' | 'low'> {
  return { ...(high === undefined ? {} : { high }), ...(low === undefined ? {} : { low }) }
}
