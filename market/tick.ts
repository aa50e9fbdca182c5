/** Ticks and trades, the unit in which the system distributes and stores the market. */
import type { Board } from './board.ts'
import type { DayMicros, FeedPrice, TradingDate } from './units.ts'

/** The side of the order that caused a trade, the order that arrived last. */
export type Side = 'buy' | 'sell'

/** The trade between two successive ticks of an issue. */
export interface Trade {
  /** The last price of the message. */
  readonly price: FeedPrice
  /** The growth of the cumulative volume, in shares. */
  readonly quantity: number
  /** Absent if unknown: in auctions, if a message has several prices, and without an earlier board. */
  readonly side?: Side
  /** The mean price, rounded, if the message contains trades at several prices. */
  readonly average?: FeedPrice
}

/** The board of an issue after a market message. Trading date, line and sequence are its identity. */
export interface Tick {
  readonly tradingDate: TradingDate
  /** 1, 2 or 3. */
  readonly line: number
  /** The counter of the message on its line. It starts at 1 on each trading date and has no gaps. */
  readonly sequence: number
  /** Never decreases within an issue. */
  readonly time: DayMicros
  readonly board: Board
  readonly trade?: Trade
  /** Set if messages of the issue directly before this one were lost for good. Their trades are lost too. */
  readonly lost?: true
}

/** The place of a tick among the ticks of its issue and trading date. */
export interface TickPlace {
  readonly time: DayMicros
  readonly sequence: number
}

/** Returns whether a tick of an issue is later than another tick of the issue. */
export function isLaterTick(tick: Tick, before: Tick): boolean {
  return tick.tradingDate === before.tradingDate
    ? tick.sequence > before.sequence
    : tick.tradingDate > before.tradingDate
}
