/**
 * The trades of an issue (歩み値) as an app gets them: every one once, in order, across trading dates.
 *
 * A date without holes gives its trades at once (trade-day.ts). If the connection was lost, and the next piece is of a later date,
 * trades of the earlier date, and of dates between, may be missing of which no piece tells. The later trades then wait until the
 * earlier dates are read, or given up. No I/O.
 */
import type { TradeJson } from '../market/board-json.ts'
import { dayAfter, isWeekend } from './iso-dates.ts'
import {
  createDay,
  type DayStart,
  type MissingTrades,
  type TakenTrades,
  type TapePosition,
  type TradeDay,
  type TradePiece,
} from './trade-day.ts'

/**
 * Dates of which trades are fetched after an outage. The exchange closes for ten days in a row at most, which have eight weekdays.
 * After a longer outage trades are lost.
 */
const MAX_DOUBTFUL_DATES = 8

export interface Hole extends MissingTrades {
  /** The app has a board or trades of a later date. The server of the stream sends no trades of an earlier date. */
  readonly isPast: boolean
}

export interface Tape {
  /** The place up to which the app has every trade of the latest date. */
  readonly position: TapePosition
  /** Whether the app gets every trade after the position. Before, what is missing is not lost. */
  readonly isStarted: boolean
  /** The number of trades that wait after holes. */
  readonly waitingTrades: number
  /** From now on the app gets every trade. */
  begin(): void
  /**
   * There is no connection any more, or there was none for some time: trades may be missing until a piece proves the contrary.
   * @param through the last date, YYYY-MM-DD, that had ended before. Its trades are not missing.
   */
  interrupt(through: string): void
  add(piece: TradePiece): void
  /** Returns the first hole before the sequence of a board: trades that the app lacks although it has a later board. */
  hole(board: DateSequence): Hole | undefined
  /** Gives up the first hole. Its trades are lost if the tape was started. */
  giveUp(): void
  /** Returns the trades up to the sequence of a board that were not taken before. */
  take(board: DateSequence): TakenTrades
}

type DateSequence = Pick<TapePosition, 'date' | 'sequence'>

export interface TapeStart extends DayStart {
  readonly isStarted: boolean
}

/** The connection was lost. */
interface Interruption {
  /** The highest sequence before it. A piece that reaches it proves that the connection delivers the trades since then. */
  readonly after: number
  readonly through: string
}

export function createTape(start: TapeStart): Tape {
  let { isStarted } = start
  /** Earlier dates that lack trades, oldest first. */
  const earlier: TradeDay[] = []
  let current = dayOf(start)
  /** Trades that were not taken. No earlier trade is missing. */
  let ready: { readonly date: string; readonly trade: TradeJson }[] = []
  let lost = false
  let interruption: Interruption | undefined

  function dayOf(day: DayStart): TradeDay {
    return createDay(day, () => isStarted)
  }

  const oldest = (): TradeDay => earlier[0] ?? current

  function startDate(date: string): void {
    const doubtful =
      interruption === undefined || !isStarted ? [] : doubtfulDates(current.date, date, interruption.through)
    earlier.push(current)
    if (doubtful.length > MAX_DOUBTFUL_DATES) lost = true
    else for (const each of doubtful) doubt(each)
    interruption = undefined
    current = dayOf({ date, sequence: 0, time: undefined, volume: 0 })
  }

  function doubt(date: string): void {
    const day =
      earlier.find(one => one.date === date) ?? dayOf({ date, sequence: 0, time: undefined, volume: 0 })
    if (!earlier.includes(day)) earlier.push(day)
    day.doubtEnd()
  }

  /** Takes the trades before the first hole. */
  function collect(): void {
    for (;;) {
      const day = oldest()
      const taken = day.take()
      for (const trade of taken.trades) ready.push({ date: day.date, trade })
      lost ||= taken.lost
      if (day === current || day.hole() !== undefined) return
      earlier.shift()
    }
  }

  return {
    get position() {
      return current.position
    },
    get isStarted() {
      return isStarted
    },
    get waitingTrades() {
      return [...earlier, current].reduce((sum, { trades }) => sum + trades, 0)
    },
    begin() {
      isStarted = true
    },
    interrupt(through) {
      interruption = { after: current.latest, through: interruption?.through ?? through }
    },
    add(piece) {
      if (piece.date > current.date) startDate(piece.date)
      const day = piece.date === current.date ? current : earlier.find(({ date }) => date === piece.date)
      day?.add(piece)
      if (day === current && interruption !== undefined && reaches(piece, interruption))
        interruption = undefined
      collect()
    },
    hole(board) {
      const day = oldest()
      const missing = day.hole()
      if (missing === undefined || day.date > board.date) return undefined
      if (day.date === board.date && missing.upTo > board.sequence) return undefined
      return { ...missing, isPast: day !== current }
    },
    giveUp() {
      oldest().giveUp()
      collect()
    },
    take(board) {
      const isShown = (of: string, sequence: number): boolean =>
        of < board.date || (of === board.date && sequence <= board.sequence)
      const trades = ready.filter(({ date: of, trade }) => isShown(of, trade.sequence))
      ready = ready.slice(trades.length)
      const taken = { trades: trades.map(({ trade }) => trade), lost }
      lost = false
      return taken
    },
  }
}

/** Whether a piece shows that the connection after an interruption delivers. Fetched trades may be from before it. */
function reaches({ sequence, source }: TradePiece, { after }: Interruption): boolean {
  return sequence > after || (sequence === after && source !== 'fetched')
}

/**
 * Returns the dates before `next` of which trades may be missing: `date`, and weekdays after it. Of too many dates it returns some.
 * @param through the last date of which all trades are known.
 */
function doubtfulDates(date: string, next: string, through: string): string[] {
  const dates = date > through ? [date] : []
  for (let day = dayAfter(date); day < next && dates.length <= MAX_DOUBTFUL_DATES; day = dayAfter(day))
    if (day > through && !isWeekend(day)) dates.push(day)
  return dates
}
