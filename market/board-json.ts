/** Boards as apps see them: JSON with yen as numbers, times in ISO 8601, and no member where there is no value. */
import type { Yen } from './units.ts'

/** A price level: price in yen, quantity in shares. */
export type LevelJson = readonly [price: Yen, quantity: number]

export interface PricePointJson {
  readonly price: Yen
  readonly time?: string
  /** The price stands at the day's limit (ストップ高, ストップ安). */
  readonly limit?: true
}

/** The signs a best quote can carry (気配). Of the digits only 3 is public; the others are our reading. */
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

/** What the status codes of an issue mean; a code without a public meaning is passed on as it is. */
export const STATUS_NAMES: Readonly<Record<string, string>> = {
  A0: 'halted',
  A1: 'resumed',
  B: 'itayose',
  C0: 'suspended',
  C1: 'released',
  D: 'halted-without-orders',
  '20': 'trading',
}

export interface BestQuoteJson {
  readonly sign?: QuoteSign | `${number}`
  readonly time?: string
}

/** The members of a board that a difference replaces whole. */
export interface BoardMembersJson {
  readonly updateNumber?: number
  readonly status?: { readonly code: string; readonly name?: string; readonly time?: string }
  readonly open?: PricePointJson
  readonly high?: PricePointJson
  readonly low?: PricePointJson
  readonly last?: PricePointJson & { readonly closing?: true }
  readonly volume?: number
  readonly volumeTime?: string
  readonly turnover?: Yen
  readonly vwap?: Yen
  readonly marketSell?: number
  readonly marketBuy?: number
  /** Sells above the ten levels. */
  readonly over?: number
  /** Buys below the ten levels. */
  readonly under?: number
  readonly bestAsk?: BestQuoteJson
  readonly bestBid?: BestQuoteJson
}

export interface BoardJson extends BoardMembersJson {
  readonly issue: string
  /** Identity of the tick this board is: (date, line, sequence). */
  readonly date: string
  readonly line: number
  readonly sequence: number
  readonly time: string
  /** Sells, best (lowest) first; `null` for a level without a value between two that have one. */
  readonly asks: readonly (LevelJson | null)[]
  /** Buys, best (highest) first. */
  readonly bids: readonly (LevelJson | null)[]
}

/** What one message of the exchange says that changed hands. */
export interface TradeJson {
  /** Yen: the last price of the message. */
  readonly price: Yen
  /** Shares. */
  readonly quantity: number
  readonly time: string
  readonly sequence: number
  /** Who took the quote; `unknown` where the message does not tell. */
  readonly side: 'buy' | 'sell' | 'unknown'
  /** Yen, to 0.0001: the mean price, where the message tells of several trades at several prices. */
  readonly averagePrice?: Yen
}

/** The members that can change. */
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

/** A patch of levels: `[index, price, quantity]`, or `[index]` for a level that has gone. */
export type LevelPatchJson = readonly [index: number, price: Yen, quantity: number] | readonly [index: number]

/**
 * What a difference says: members are replaced whole, `null` removes one; levels are patched one by one.
 * Every value is absolute, so applying it to any board between the two it connects gives the later one.
 */
export type BoardChangesJson = { readonly [K in keyof BoardMembersJson]?: BoardMembersJson[K] | null } & {
  readonly asks?: readonly LevelPatchJson[]
  readonly bids?: readonly LevelPatchJson[]
}

/** The board after a difference. Pure: neither argument is changed. */
export function applyChanges(
  board: BoardJson,
  changes: BoardChangesJson,
  identity: Pick<BoardJson, 'sequence' | 'time'>,
): BoardJson {
  const next: Record<string, unknown> = { ...board, sequence: identity.sequence, time: identity.time }
  for (const name of MEMBER_NAMES) {
    const value = changes[name]
    if (value === null) delete next[name]
    else if (value !== undefined) next[name] = value
  }
  next.asks = applyLevels(board.asks, changes.asks)
  next.bids = applyLevels(board.bids, changes.bids)
  return next as unknown as BoardJson
}

function applyLevels(levels: BoardJson['asks'], patches: BoardChangesJson['asks']): BoardJson['asks'] {
  if (patches === undefined) return levels
  const next = levels.slice()
  for (const [index, price, quantity] of patches) {
    while (next.length <= index) next.push(null)
    next[index] = price === undefined || quantity === undefined ? null : [price, quantity]
  }
  return trimLevels(next)
}

/** Levels up to the last that has a value. */
export function trimLevels(levels: (LevelJson | null)[]): (LevelJson | null)[] {
  while (levels.length > 0 && levels.at(-1) === null) levels.pop()
  return levels
}
