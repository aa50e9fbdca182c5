/** An update of an issue before it becomes JSON: several ticks as one. */
import type { Tick, Trade } from './tick.ts'
import type { DayMicros, FeedPrice, Sen } from './units.ts'

/** A trade and the tick that it came with. */
export interface TickTrade {
  readonly sequence: number
  readonly time: DayMicros
  readonly trade: Trade
  /** The exact turnover of a trade at several prices; undefined if unknown. See exactTurnover in trade.ts. */
  readonly turnover?: Sen | undefined
}

export interface IssueUpdate {
  /** The latest tick. */
  readonly tick: Tick
  /** A board of this sequence or a later one becomes the board of `tick` by the touched fields; undefined if unknown. */
  readonly follows: number | undefined
  /** For each field of the board, 1 if a tick of the update changed it. */
  readonly touched: Uint8Array
  /** Every trade of the ticks, oldest first. */
  readonly trades: readonly TickTrade[]
  /** Highest and lowest trade price, 10⁻⁴ yen. */
  readonly high: FeedPrice | undefined
  readonly low: FeedPrice | undefined
  /** Shares of the trades from which high and low are; from the last missing trade on if trades are missing between them. */
  readonly traded: number
  /** Messages of the issue were lost for good, and the trades in them. */
  readonly lost: boolean
}
