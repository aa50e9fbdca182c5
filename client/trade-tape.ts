/**
 * The trades of an issue (歩み値) as an app gets them: every one once, in order.
 *
 * Trades come in pieces. A piece has every trade between two sequences, and pieces overlap: an update, a whole board, an answer
 * to `since`, a page of the history. The tape joins the pieces that continue it. A piece after a hole waits until other pieces
 * fill the hole, or until the volume of the day proves that the hole has no trade. No I/O.
 */
import type { TradeJson } from '../market/board-json.ts'
import type { EpochMicros } from '../market/units.ts'

/** The place up to which a tape has every trade. */
export interface TapePosition {
  /** Trading date, YYYY-MM-DD. */
  readonly date: string
  readonly sequence: number
  /** A moment that no later trade precedes. `undefined`: the start of the date. */
  readonly time: EpochMicros | undefined
}

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

/** Trades that the tape lacks: those above the sequence `after`, up to `upTo`. */
export interface Hole {
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

export interface Tape {
  readonly position: TapePosition
  /** Whether the app gets every trade after the position. Before, what is missing is not lost. */
  readonly isStarted: boolean
  /** The number of trades that wait after holes. */
  readonly waitingTrades: number
  /** From now on the app gets every trade. */
  begin(): void
  add(piece: TradePiece): void
  /** Returns the first hole before the sequence of a board: trades that the app lacks although it has a later board. */
  hole(board: DateSequence): Hole | undefined
  /** Gives up the first hole. Its trades are lost if the tape was started. */
  giveUp(): void
  /** Returns the trades up to the sequence of a board that were not taken before. */
  take(board: DateSequence): TakenTrades
}

type DateSequence = Pick<TapePosition, 'date' | 'sequence'>

export interface TapeStart extends TapePosition {
  /** The volume of the day at the sequence, shares. */
  readonly volume: number | undefined
  readonly isStarted: boolean
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

export function createTape(start: TapeStart): Tape {
  let { date, isStarted } = start
  let main = emptyRun(start)
  /** Trades that were not taken, also of earlier dates. */
  let ready: { readonly date: string; readonly trade: TradeJson }[] = []
  /** Runs after holes, in order. */
  let waiting: Run[] = []

  function startDate(next: string): void {
    const lost = main.lost || (waiting.length > 0 && isStarted)
    waiting = []
    date = next
    main = { ...emptyRun({ sequence: 0, time: undefined, volume: 0 }), lost }
  }

  function extendMain(piece: Piece): void {
    extend(main, piece, isStarted)
    for (const trade of main.trades) ready.push({ date, trade })
    main.trades = []
  }

  /** Joins the waiting runs that continue the main one. */
  function joinWaiting(): void {
    for (let first = waiting[0]; first !== undefined; first = waiting[0]) {
      if (first.sequence > main.sequence && !continues(main, first)) return
      waiting.shift()
      if (first.sequence > main.sequence) extendMain(first)
    }
  }

  function wait(piece: TradePiece): void {
    const before = waiting.findLast(run => run.follows <= piece.follows)
    if (before !== undefined && piece.sequence <= before.sequence) return
    if (before !== undefined && continues(before, piece)) extend(before, piece, true)
    else waiting.splice(before === undefined ? 0 : waiting.indexOf(before) + 1, 0, runOf(piece))
  }

  return {
    get position() {
      return { date, sequence: main.sequence, time: main.time }
    },
    get isStarted() {
      return isStarted
    },
    get waitingTrades() {
      return waiting.reduce((sum, { trades }) => sum + trades.length, 0)
    },
    begin() {
      isStarted = true
    },
    add(piece) {
      if (piece.date < date) return
      if (piece.date > date) startDate(piece.date)
      if (piece.sequence <= main.sequence) return
      if (continues(main, piece)) extendMain(piece)
      else wait(piece)
      joinWaiting()
    },
    hole(board) {
      const [first] = waiting
      if (first?.firstTime === undefined || date > board.date) return undefined
      if (date === board.date && first.follows > board.sequence) return undefined
      const after = { date, sequence: main.sequence, time: main.time }
      return { after, upTo: first.follows, end: first.firstTime }
    },
    giveUp() {
      const first = waiting.shift()
      if (first === undefined) return
      if (isStarted) main.lost = true
      main.volume = undefined
      extendMain(first)
      joinWaiting()
    },
    take(board) {
      const isShown = (of: string, sequence: number): boolean =>
        of < board.date || (of === board.date && sequence <= board.sequence)
      const trades = ready.filter(({ date: of, trade }) => isShown(of, trade.sequence))
      ready = ready.slice(trades.length)
      const { lost } = main
      main.lost = false
      return { trades: trades.map(({ trade }) => trade), lost }
    },
  }
}

type Piece = Pick<Run, 'follows' | 'source' | 'sequence' | 'time' | 'volume' | 'lost'> & {
  readonly trades: readonly TradeJson[]
}

function emptyRun({ sequence, time, volume }: Pick<TapeStart, 'sequence' | 'time' | 'volume'>): Run {
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
