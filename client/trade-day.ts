/**
 * The trades of an issue on one trading date.
 *
 * Trades come in pieces. A piece has every trade between two sequences, and pieces overlap: an update, a whole board, an answer
 * to `since`, a page of the history. The day joins the pieces that continue it. A piece after a hole waits until other pieces
 * fill the hole, or until the volume of the day proves that the hole has no trade. No I/O.
 */
import type { TradeJson } from '../market/board-json.ts'
import { DAY_MICROSECONDS, dateFromIso, momentOf } from '../market/moment.ts'
import type { EpochMicros } from '../market/units.ts'

/** A sequence after all messages of a date. */
const END_OF_DATE = Number.MAX_SAFE_INTEGER

export interface TradePiece {
  readonly date: string
  /** The piece has every trade with a sequence above it … */
  readonly follows: number
  /** … up to this one. */
  readonly sequence: number
  readonly time: EpochMicros
  /** Oldest first. */
  readonly trades: readonly TradeJson[]
  /** Trades of the piece are missing for good. */
  readonly lost: boolean
  /** The volume of the day at `sequence`, shares. `undefined` if it is not known. */
  readonly volume: number | undefined
  /** Where the piece comes from. The volume is checked at a whole board, and after trades that were fetched. */
  readonly source: 'change' | 'whole' | 'fetched'
}

/** The place up to which every trade of a date is known. */
export interface TapePosition {
  /** Trading date, YYYY-MM-DD. */
  readonly date: string
  readonly sequence: number
  /** A moment that no later trade precedes. `undefined`: the start of the date. */
  readonly time: EpochMicros | undefined
}

/** Missing trades: those above the sequence `after`, up to `upTo`. */
export interface MissingTrades {
  readonly after: TapePosition
  readonly upTo: number
  /** A moment after the last missing trade. */
  readonly end: EpochMicros
}

export interface TakenTrades {
  readonly trades: readonly TradeJson[]
  /** Trades before one of these, or before the next ones, are missing for good. */
  readonly lost: boolean
}

export interface TradeDay {
  readonly date: string
  readonly position: TapePosition
  /** The highest sequence of all pieces. */
  readonly latest: number
  /** The number of trades that were not taken, also after holes. */
  readonly trades: number
  add(piece: TradePiece): void
  /** Trades at the end of the day may be missing, of which no piece tells. */
  doubtEnd(): void
  /** Returns the first hole. */
  hole(): MissingTrades | undefined
  /** Gives up the first hole. Its trades are lost if the app gets every trade. */
  giveUp(): void
  /** Returns the trades up to the first hole that were not taken before. */
  take(): TakenTrades
}

export interface DayStart extends TapePosition {
  /** The volume of the day at the sequence, shares. */
  readonly volume: number | undefined
}

/** Pieces that continue each other. */
interface Run {
  readonly follows: number
  readonly source: TradePiece['source']
  /** The time of the first piece. */
  readonly firstTime: EpochMicros | undefined
  sequence: number
  time: EpochMicros | undefined
  volume: number | undefined
  trades: TradeJson[]
  lost: boolean
  /** Fetched trades were added, and no volume was known since. */
  isUnverified: boolean
}

/** @param isStarted whether the app gets every trade from now on. Before, what is missing is not lost. */
export function createDay(start: DayStart, isStarted: () => boolean): TradeDay {
  const { date } = start
  const main = emptyRun(start)
  /** Runs after holes, in order. */
  const waiting: Run[] = []
  let isEndDoubtful = false

  /** Joins the waiting runs that continue the main one. */
  function joinWaiting(): void {
    for (let first = waiting[0]; first !== undefined; first = waiting[0]) {
      if (first.sequence > main.sequence && !continues(main, first)) return
      waiting.shift()
      if (first.sequence > main.sequence) extend(main, first, isStarted())
    }
  }

  function wait(piece: TradePiece): void {
    const before = waiting.findLast(run => run.follows <= piece.follows)
    if (before !== undefined && piece.sequence <= before.sequence) return
    if (before !== undefined && continues(before, piece)) extend(before, piece, true)
    else waiting.splice(before === undefined ? 0 : waiting.indexOf(before) + 1, 0, runOf(piece))
  }

  const position = (): TapePosition => ({ date, sequence: main.sequence, time: main.time })

  return {
    date,
    get position() {
      return position()
    },
    get latest() {
      return waiting.reduce((latest, { sequence }) => Math.max(latest, sequence), main.sequence)
    },
    get trades() {
      return waiting.reduce((sum, { trades }) => sum + trades.length, main.trades.length)
    },
    doubtEnd() {
      isEndDoubtful = true
    },
    add(piece) {
      if (piece.sequence <= main.sequence) return
      if (piece.sequence === END_OF_DATE) isEndDoubtful = false
      if (continues(main, piece)) extend(main, piece, isStarted())
      else wait(piece)
      joinWaiting()
    },
    hole() {
      const [first] = waiting
      if (first?.firstTime !== undefined)
        return { after: position(), upTo: first.follows, end: first.firstTime }
      return isEndDoubtful ? { after: position(), upTo: END_OF_DATE, end: endOf(date) } : undefined
    },
    giveUp() {
      const first = waiting.shift()
      if (first === undefined && !isEndDoubtful) return
      if (isStarted()) main.lost = true
      if (first === undefined) {
        isEndDoubtful = false
        return
      }
      main.volume = undefined
      extend(main, first, isStarted())
      joinWaiting()
    },
    take() {
      const { trades, lost } = main
      main.trades = []
      main.lost = false
      return { trades, lost }
    },
  }
}

type Piece = Pick<Run, 'follows' | 'source' | 'sequence' | 'time' | 'volume' | 'lost'> & {
  readonly trades: readonly TradeJson[]
}

/** Returns the last moment of a date. */
function endOf(date: string): EpochMicros {
  return momentOf(dateFromIso(date), DAY_MICROSECONDS - 1)
}

function emptyRun({ sequence, time, volume }: DayStart): Run {
  return {
    follows: sequence,
    source: 'change',
    firstTime: undefined,
    sequence,
    time,
    volume,
    trades: [],
    lost: false,
    isUnverified: false,
  }
}

function runOf(piece: TradePiece): Run {
  const { follows, source, sequence, time, volume, lost } = piece
  const isUnverified = source === 'fetched'
  return {
    follows,
    source,
    firstTime: time,
    sequence,
    time,
    volume,
    trades: [...piece.trades],
    lost,
    isUnverified,
  }
}

/** Whether no trade is missing between a run and a piece: by their sequences, or because the volume has not grown. */
function continues(run: Run, piece: Piece): boolean {
  if (piece.follows <= run.sequence) return true
  return (
    piece.volume !== undefined && run.volume !== undefined && piece.volume - run.volume <= grownBy(run, piece)
  )
}

/** Adds a piece that continues a run, or gives up what is missing between them. */
function extend(run: Run, piece: Piece, isChecked: boolean): void {
  const grown = grownBy(run, piece)
  if (isChecked && (piece.source === 'whole' || run.isUnverified)) {
    // The trades should explain the volume. The line may have lost messages, or the answer may be incomplete.
    if (piece.volume !== undefined && run.volume !== undefined && piece.volume - run.volume > grown)
      run.lost = true
  }
  if (piece.lost) run.lost = true
  run.isUnverified = piece.volume === undefined && (run.isUnverified || piece.source === 'fetched')
  run.volume = piece.volume ?? (run.volume === undefined || piece.lost ? undefined : run.volume + grown)
  for (const trade of piece.trades) if (trade.sequence > run.sequence) run.trades.push(trade)
  run.sequence = piece.sequence
  run.time = piece.time
}

/** Returns the shares of a piece's trades that a run does not have. */
function grownBy({ sequence }: Run, { trades }: Piece): number {
  return trades.reduce((sum, trade) => (trade.sequence > sequence ? sum + trade.quantity : sum), 0)
}
