/** Boards as apps see them: JSON with yen as numbers, times in ISO 8601, and no member where there is no value. */

import {
  ASKS,
  BIDS,
  type Board,
  F,
  fieldOf,
  LEVELS,
  PRICE_SCALE,
  statusCode,
  TURNOVER_SCALE,
} from './board.ts'
import { isoTime } from './clock.ts'
import type { Tick, Trade } from './tick.ts'

/** A price level: price in yen, quantity in shares. */
export type LevelJson = readonly [price: number, quantity: number]

export interface PricePointJson {
  readonly price: number
  readonly time?: string
  /** The price stands at the day's limit (ストップ高, ストップ安). */
  readonly limit?: true
}

/** The signs a best quote can carry (気配). */
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
  readonly turnover?: number
  readonly vwap?: number
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

export interface TradeJson {
  readonly price: number
  readonly quantity: number
  readonly time: string
  readonly sequence: number
  readonly side?: 'buy' | 'sell'
}

/** The members that can change, each with the fields it is made of. */
const MEMBERS: Readonly<Record<keyof BoardMembersJson, readonly number[]>> = {
  updateNumber: [F.updateNumber],
  status: [F.status, F.statusTime],
  open: [F.open, F.openTime],
  high: [F.high, F.highTime, F.highStop],
  low: [F.low, F.lowTime, F.lowStop],
  last: [F.last, F.lastTime, F.closing],
  volume: [F.volume],
  volumeTime: [F.volumeTime],
  turnover: [F.turnover],
  vwap: [F.vwap],
  marketSell: [F.marketSell],
  marketBuy: [F.marketBuy],
  over: [F.over],
  under: [F.under],
  bestAsk: [F.askSign, F.askTime],
  bestBid: [F.bidSign, F.bidTime],
}
export const MEMBER_NAMES = Object.keys(MEMBERS) as readonly (keyof BoardMembersJson)[]

/** YYYYMMDD → `YYYY-MM-DD`. */
export function isoDate(date: number): string {
  const text = String(date)
  return `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}`
}

/** The whole board of a tick. */
export function boardToJson(tick: Tick): BoardJson {
  const { board, tradingDate } = tick
  const members: Record<string, unknown> = {}
  for (const name of MEMBER_NAMES) {
    const value = memberToJson(board, name, tradingDate)
    if (value !== undefined) members[name] = value
  }
  return {
    issue: board.issue,
    date: isoDate(tradingDate),
    line: tick.line,
    sequence: tick.sequence,
    time: isoTime(tradingDate, tick.time),
    ...(members as BoardMembersJson),
    asks: levelsToJson(board, ASKS),
    bids: levelsToJson(board, BIDS),
  }
}

export function tradeToJson(tick: Tick, trade: Trade): TradeJson {
  return {
    price: trade.price / PRICE_SCALE,
    quantity: trade.quantity,
    time: isoTime(tick.tradingDate, tick.time),
    sequence: tick.sequence,
    ...(trade.side === undefined ? {} : { side: trade.side }),
  }
}

/** A patch of levels: `[index, price, quantity]`, or `[index]` for a level that has gone. */
export type LevelPatchJson =
  | readonly [index: number, price: number, quantity: number]
  | readonly [index: number]

/**
 * What a difference says: members are replaced whole, `null` removes one; levels are patched one by one.
 * Every value is absolute, so applying it to any board between the two it connects gives the later one.
 */
export type BoardChangesJson = { readonly [K in keyof BoardMembersJson]?: BoardMembersJson[K] | null } & {
  readonly asks?: readonly LevelPatchJson[]
  readonly bids?: readonly LevelPatchJson[]
}

/**
 * The difference that brings the fields for which `touched` is true to what `tick` says.
 * @param touched one entry a field; every field that was written on the way, even if it came back to its old value.
 */
export function changesToJson(tick: Tick, touched: Uint8Array): BoardChangesJson {
  const { board, tradingDate } = tick
  const changes: Record<string, unknown> = {}
  for (const name of MEMBER_NAMES) {
    if (MEMBERS[name].some(field => touched[field]))
      changes[name] = memberToJson(board, name, tradingDate) ?? null
  }
  const asks = levelPatches(board, ASKS, touched)
  const bids = levelPatches(board, BIDS, touched)
  if (asks.length > 0) changes.asks = asks
  if (bids.length > 0) changes.bids = bids
  return changes as BoardChangesJson
}

/** The board after a difference. Pure: neither argument is changed. */
export function applyChanges(
  board: BoardJson,
  changes: BoardChangesJson,
  identity: Pick<BoardJson, 'sequence' | 'time'>,
): BoardJson {
  const next: Record<string, unknown> = { ...board, ...identity }
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

function trimLevels(levels: (LevelJson | null)[]): (LevelJson | null)[] {
  while (levels.length > 0 && levels.at(-1) === null) levels.pop()
  return levels
}

function levelAt(board: Board, base: number, level: number): LevelJson | null {
  const price = fieldOf(board, base + 2 * level)
  const quantity = fieldOf(board, base + 2 * level + 1)
  return price === undefined ? null : [price / PRICE_SCALE, quantity ?? 0]
}

function levelsToJson(board: Board, base: number): (LevelJson | null)[] {
  return trimLevels(Array.from({ length: LEVELS }, (_, level) => levelAt(board, base, level)))
}

function levelPatches(board: Board, base: number, touched: Uint8Array): LevelPatchJson[] {
  const patches: LevelPatchJson[] = []
  for (let level = 0; level < LEVELS; level++) {
    if (!touched[base + 2 * level] && !touched[base + 2 * level + 1]) continue
    const json = levelAt(board, base, level)
    patches.push(json === null ? [level] : [level, json[0], json[1]])
  }
  return patches
}

function memberToJson(board: Board, name: keyof BoardMembersJson, date: number): unknown {
  const time = (field: number): { time?: string } => {
    const value = fieldOf(board, field)
    return value === undefined ? {} : { time: isoTime(date, value) }
  }
  const point = (price: number, at: number, stop?: number): PricePointJson | undefined => {
    const value = fieldOf(board, price)
    if (value === undefined) return undefined
    const limit = stop !== undefined && fieldOf(board, stop) === 1 ? { limit: true as const } : {}
    return { price: value / PRICE_SCALE, ...time(at), ...limit }
  }
  const scaled = (field: number, scale: number): number | undefined => {
    const value = fieldOf(board, field)
    return value === undefined ? undefined : value / scale
  }
  switch (name) {
    case 'status':
      return statusToJson(board, time(F.statusTime))
    case 'open':
      return point(F.open, F.openTime)
    case 'high':
      return point(F.high, F.highTime, F.highStop)
    case 'low':
      return point(F.low, F.lowTime, F.lowStop)
    case 'last': {
      const last = point(F.last, F.lastTime)
      return last && { ...last, ...(fieldOf(board, F.closing) === 1 ? { closing: true } : {}) }
    }
    case 'turnover':
      return scaled(F.turnover, TURNOVER_SCALE)
    case 'vwap':
      return scaled(F.vwap, PRICE_SCALE)
    case 'volumeTime':
      return time(F.volumeTime).time
    case 'bestAsk':
      return quoteToJson(board, F.askSign, time(F.askTime))
    case 'bestBid':
      return quoteToJson(board, F.bidSign, time(F.bidTime))
    default:
      return fieldOf(board, F[name])
  }
}

function statusToJson(board: Board, time: { time?: string }): BoardMembersJson['status'] {
  const status = fieldOf(board, F.status)
  if (status === undefined) return undefined
  const code = statusCode(status)
  const name = STATUS_NAMES[code]
  return { code, ...(name === undefined ? {} : { name }), ...time }
}

function quoteToJson(board: Board, field: number, time: { time?: string }): BestQuoteJson | undefined {
  const sign = fieldOf(board, field)
  if (sign === undefined && time.time === undefined) return undefined
  const named = sign === undefined ? undefined : QUOTE_SIGNS[sign as keyof typeof QUOTE_SIGNS]
  const shown = sign === undefined || sign === 0 ? {} : { sign: named ?? (`${sign}` as const) }
  return { ...shown, ...time }
}
