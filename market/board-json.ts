/** The JSON of a board: prices in yen, times in ISO 8601. A member without a value is absent. */
import type { Yen } from './units.ts'

/** A price level. The quantity is in shares. */
export type LevelJson = readonly [price: Yen, quantity: number]

/**
 * A price of the day and its time.
 *
 * @typeParam Time - ISO 8601, or a number in the differences of market/update-json.ts.
 */
export interface PricePointJson<Time = string> {
  /** In yen. */
  readonly price: Yen
  /** When the price was traded. */
  readonly time?: Time
  /** Set if the price is at the day's limit (ストップ高 limit up, ストップ安 limit down). */
  readonly limit?: true
}

/** The signs of a best quote (気配). The exchange publishes only the meaning of 3; the others are our interpretation. */
export const QUOTE_SIGNS = {
  1: 'general',
  2: 'caution',
  3: 'special',
  4: 'before-open',
  5: 'special-before-halt',
  6: 'after-close',
  7: 'sequential',
} as const
/** What a best quote shows (気配): a sign of {@link BestQuoteJson}. */
export type QuoteSign = (typeof QUOTE_SIGNS)[keyof typeof QUOTE_SIGNS]

/** The public meanings of status codes. A code without a public meaning has no name. */
export const STATUS_NAMES: Readonly<Record<string, string>> = {
  A0: 'halted',
  A1: 'resumed',
  B: 'itayose',
  C0: 'suspended',
  C1: 'released',
  D: 'halted-without-orders',
  '20': 'trading',
}

/** The sign of the best ask or bid. */
export interface BestQuoteJson<Time = string> {
  /** `special` is 特別気配, `sequential` 連続約定気配. A number is a sign without a known meaning. Absent without a sign. */
  readonly sign?: QuoteSign | `${number}`
  /** When the quote got its price or sign. */
  readonly time?: Time
}

/** The members of a board that a difference replaces as a whole. */
export interface BoardMembersJson<Time = string> {
  /** The exchange's count of the updates of the issue. Not over the WebSocket. */
  readonly updateNumber?: number
  /** Trading status: `trading`, `itayose` (板寄せ), `halted` (売買停止) and others. A code without a public meaning has no name. */
  readonly status?: { readonly code: string; readonly name?: string; readonly time?: Time }
  /** First price of the day (始値). */
  readonly open?: PricePointJson<Time>
  /** Highest price of the day (高値), as the exchange tells it. */
  readonly high?: PricePointJson<Time>
  /** Lowest price of the day (安値), as the exchange tells it. */
  readonly low?: PricePointJson<Time>
  /** Last price (現在値). `closing`: it is the closing price (終値). */
  readonly last?: PricePointJson<Time> & { readonly closing?: true }
  /** Shares traded on the day (出来高). */
  readonly volume?: number
  /** When the volume changed. Not over the WebSocket. */
  readonly volumeTime?: Time
  /** Yen traded on the day (売買代金). */
  readonly turnover?: Yen
  /** Mean price of the day, weighted by volume (売買高加重平均価格). */
  readonly vwap?: Yen
  /** Shares of market orders to sell (成行売り). */
  readonly marketSell?: number
  /** Shares of market orders to buy (成行買い). */
  readonly marketBuy?: number
  /** Sell quantity above the ten levels. */
  readonly over?: number
  /** Buy quantity below the ten levels. */
  readonly under?: number
  /** Sign of the best ask (最良売気配). Its price and quantity are the first level of `asks`. */
  readonly bestAsk?: BestQuoteJson<Time>
  /** Sign of the best bid (最良買気配). */
  readonly bestBid?: BestQuoteJson<Time>
}

/** The board of an issue (板) at a moment. */
export interface BoardJson extends BoardMembersJson {
  /** Issue code (銘柄コード), `7203` or `130A`. */
  readonly issue: string
  /** Set over the WebSocket in the view `quote`: the board has the best levels alone. */
  readonly view?: 'quote'
  /** Trading date, YYYY-MM-DD. Date, line and sequence are the identity of the board's tick. */
  readonly date: string
  /** The line of the exchange that carries the issue. */
  readonly line: number
  /** Number of the last message of the board. It grows within a date, and starts again on the next one. */
  readonly sequence: number
  /** Market time of the board, ISO 8601 in microseconds. */
  readonly time: string
  /** Sell levels, best (lowest) first. `null` is an empty level between two levels with a value. */
  readonly asks: readonly (LevelJson | null)[]
  /** Buy levels, best (highest) first. */
  readonly bids: readonly (LevelJson | null)[]
}

/** The trade of one market message. */
export interface TradeJson {
  /** The last price of the message. */
  readonly price: Yen
  /** Shares. */
  readonly quantity: number
  /** Market time, ISO 8601 in microseconds. */
  readonly time: string
  /** Number of the message. It names the trade within its issue and date. */
  readonly sequence: number
  /** The side that took the quote; `unknown` if the message does not show it. */
  readonly side: 'buy' | 'sell' | 'unknown'
  /** The mean price, to 0.0001 yen, if the message contains trades at several prices. */
  readonly averagePrice?: Yen
  /**
   * The exact turnover, if the message contains trades at several prices; else it is `price` × `quantity`. Absent too if
   * the server does not know the board before the trade, which may happen when it was replaced.
   */
  readonly turnover?: Yen
}

/** The members that differences replace. */
export const MEMBER_NAMES = [
  'updateNumber',
  'status',
  'open',
  'high',
  'low',
  'last',
  'volume',
  'volumeTime',
  'turnover',
  'vwap',
  'marketSell',
  'marketBuy',
  'over',
  'under',
  'bestAsk',
  'bestBid',
] as const satisfies readonly (keyof BoardMembersJson)[]

/** Removes the empty levels after the last level with a value. Changes `levels` and returns it. */
export function trimLevels(levels: (LevelJson | null)[]): (LevelJson | null)[] {
  while (levels.length > 0 && levels.at(-1) === null) levels.pop()
  return levels
}
