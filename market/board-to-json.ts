/** What the exchange sent, as the JSON of {@link BoardJson} and its differences. */

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
import {
  type BestQuoteJson,
  type BoardChangesJson,
  type BoardJson,
  type BoardMembersJson,
  type LevelJson,
  type LevelPatchJson,
  MEMBER_NAMES,
  type PricePointJson,
  QUOTE_SIGNS,
  STATUS_NAMES,
  type TradeJson,
  trimLevels,
} from './board-json.ts'
import { isoDate, isoTime } from './moment.ts'
import type { Tick, Trade } from './tick.ts'
import type { TradingDate } from './units.ts'

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
    side: trade.side ?? 'unknown',
    ...(trade.average === undefined ? {} : { averagePrice: trade.average / PRICE_SCALE }),
  }
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

function memberToJson(board: Board, name: keyof BoardMembersJson, date: TradingDate): unknown {
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
