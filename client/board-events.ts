/** The events of boards that an app gets, and how two of an issue become one. */
import type { BoardJson, TradeJson } from '../market/board-json.ts'
import type { Yen } from '../market/units.ts'

/** A changed board, or trades or a base price that have come later than their board. */
export interface BoardEvent {
  /** Issue code. */
  readonly issue: string
  /** The whole board after the change. The object is never changed. */
  readonly board: BoardJson
  /**
   * Every trade after the trades of the event before, up to the sequence of the board, oldest first. Each trade comes once, also
   * across reconnects. While missed trades are fetched, events come without trades, and the trades of all come with a later event.
   */
  readonly trades: readonly TradeJson[]
  /** The server sent a whole board. */
  readonly snapshot: boolean
  /** Highest price of the trades in yen, also in a view without trades. Absent without a trade. */
  readonly high?: Yen
  /** Lowest price of the trades, as `high`. */
  readonly low?: Yen
  /**
   * Trades after the event before are missing for good in `trades`, `high` and `low`: the line lost messages of the issue, or the
   * app missed updates and their trades could not be fetched. The board is correct. A subscription starts with its first update,
   * so nothing before it is lost.
   */
  readonly lost?: true
}

type Range = { [K in 'high' | 'low' | 'lost']?: BoardEvent[K] | undefined }

/** Returns one event for an event of an issue and the next one. */
export function joinEvents(first: BoardEvent, next: BoardEvent): BoardEvent {
  return {
    ...first,
    board: next.board,
    trades: [...first.trades, ...next.trades],
    snapshot: first.snapshot || next.snapshot,
    ...rangeMembers(joinRanges(first, next)),
  }
}

export function joinRanges(first: Range, next: Range): Range {
  return {
    high: extreme(Math.max, first.high, next.high),
    low: extreme(Math.min, first.low, next.low),
    lost: first.lost ?? next.lost,
  }
}

/** Returns the highest and the lowest price of trades. */
export function rangeOf(trades: readonly TradeJson[]): Range {
  return trades.reduce<Range>((range, { price }) => joinRanges(range, { high: price, low: price }), {})
}

/** Returns the members that are present. */
export function rangeMembers({ high, low, lost }: Range): Pick<BoardEvent, 'high' | 'low' | 'lost'> {
  return {
    ...(high === undefined ? {} : { high }),
    ...(low === undefined ? {} : { low }),
    ...(lost ? { lost } : {}),
  }
}

function extreme(choose: typeof Math.max, a?: number, b?: number): number | undefined {
  return a === undefined ? b : b === undefined ? a : choose(a, b)
}
