import type { Board } from './board.ts'
import type { DayMicros, FeedPrice, TradingDate } from './units.ts'

/** Who took the initiative in a trade: the side of the order that came in last. */
export type Side = 'buy' | 'sell'

/** What changed hands between one tick of an issue and the one before it. */
export interface Trade {
  /** 10⁻⁴ yen: the last price of the message. */
  readonly price: FeedPrice
  /** Shares: the growth of the cumulative volume. */
  readonly quantity: number
  /** Absent where it cannot be known (auctions, several prices in one message, no earlier board). */
  readonly side?: Side
  /** 10⁻⁴ yen, rounded: the mean price, where one message tells of several trades at several prices. */
  readonly average?: FeedPrice
}

/** The board of an issue after one market message. (trading date, line, sequence) is its identity. */
export interface Tick {
  /** YYYYMMDD in Tokyo, as a number: 20261120. */
  readonly tradingDate: TradingDate
  /** 1, 2 or 3. */
  readonly line: number
  /** The message's counter on its line: starts at 1 each trading date and has no gaps. */
  readonly sequence: number
  /** Microseconds since midnight in Tokyo; never goes back within an issue. */
  readonly time: DayMicros
  readonly board: Board
  readonly trade?: Trade
  /** Messages of the issue just before this one are lost for good, and with them the trades they told of. */
  readonly lost?: true
}

/** The place of a tick among the ticks of its issue and trading date. */
export interface TickPlace {
  /** Microseconds since midnight in Tokyo. */
  readonly time: DayMicros
  readonly sequence: number
}
