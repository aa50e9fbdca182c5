/** The JSON of a board: prices in yen, times in ISO 8601. A member without a value is absent. */
import type { Yen } from './units.ts'

/** A price level. The quantity is in shares. */
export type LevelJson = readonly [price: Yen, quantity: number]

/** @typeParam Time - ISO 8601, or a number in the differences of market/update-json.ts. */
export interface PricePointJson<Time = string> {
  readonly price: Yen
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

export interface BestQuoteJson<Time = string> {
  readonly sign?: QuoteSign | `${number}`
  readonly time?: Time
}

/** The members of a board that a difference replaces as a whole. */
export interface BoardMembersJson<Time = string> {
  readonly updateNumber?: number
  readonly status?: { readonly code: string; readonly name?: string; readonly time?: Time }
  readonly open?: PricePointJson<Time>
  readonly high?: PricePointJson<Time>
  readonly low?: PricePointJson<Time>
  readonly last?: PricePointJson<Time> & { readonly closing?: true }
  readonly volume?: number
  readonly volumeTime?: Time
  readonly turnover?: Yen
  readonly vwap?: Yen
  readonly marketSell?: number
  readonly marketBuy?: number
  /** Sell quantity above the ten levels. */
  readonly over?: number
  /** Buy quantity below the ten levels. */
  readonly under?: number
  readonly bestAsk?: BestQuoteJson<Time>
  readonly bestBid?: BestQuoteJson<Time>
}

export interface BoardJson extends BoardMembersJson {
  readonly issue: string
  /** Set over the WebSocket in the view `quote`: the board has the best levels alone. */
  readonly view?: 'quote'
  /** Date, line and sequence are the identity of the board's tick. */
  readonly date: string
  readonly line: number
  readonly sequence: number
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
  readonly time: string
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
