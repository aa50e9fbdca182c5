/** Boards, trades and differences of boards as JSON. */
import {
  ABSENT,
  ASKS,
  BIDS,
  type Board,
  F,
  type FieldIndex,
  fieldOf,
  LEVELS,
  type PriceField,
  statusCode,
  type TimeField,
} from './board.ts'
import {
  type BestQuoteJson,
  type BoardJson,
  type BoardMembersJson,
  type LevelJson,
  MEMBER_NAMES,
  type PricePointJson,
  QUOTE_SIGNS,
  STATUS_NAMES,
  type TradeJson,
  trimLevels,
} from './board-json.ts'
import type { TickTrade } from './issue-update.ts'
import { isoDate, isoTime } from './moment.ts'
import type { Tick, Trade } from './tick.ts'
import { type DayMicros, type FeedPrice, priceToYen, type Sen, senToYen, type Yen } from './units.ts'
import type { BoardChangesJson, LevelPatchJson, TradeRow } from './update-json.ts'
import { VIEW_FIELDS, type View } from './view.ts'

/** The board fields from which each changing member of the JSON is made. */
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

/** Returns the whole board of a tick. */
export function boardToJson(tick: Tick): BoardJson {
  const { board, tradingDate } = tick
  const members: Record<string, unknown> = {}
  const toIso = (time: DayMicros): string => isoTime(tradingDate, time)
  for (const name of MEMBER_NAMES) {
    const value = memberToJson(board, name, toIso)
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

/** @param turnover the exact turnover of a trade at several prices. */
export function tradeToJson(tick: Tick, trade: Trade, turnover?: Sen): TradeJson {
  return {
    price: priceToYen(trade.price),
    quantity: trade.quantity,
    time: isoTime(tick.tradingDate, tick.time),
    sequence: tick.sequence,
    side: trade.side ?? 'unknown',
    ...(trade.average === undefined ? {} : { averagePrice: priceToYen(trade.average) }),
    ...(turnover === undefined ? {} : { turnover: senToYen(turnover) }),
  }
}

/** Returns the whole board of a tick as a view shows it. */
export function boardInView(tick: Tick, view: View): BoardJson {
  const board = boardToJson({ ...tick, board: shownBoard(tick.board, view) })
  return view === 'board' ? board : { ...board, view: 'quote' }
}

/**
 * Returns the difference that sets the touched fields of a view to their values in `tick`.
 * @param touched one entry per field, 1 if the field was written, even if it has its old value again.
 */
export function changesToJson(tick: Tick, touched: Uint8Array, view: View): BoardChangesJson {
  const fields = touched.map((isTouched, field) => isTouched && VIEW_FIELDS[view][field]!)
  const board = shownBoard(tick.board, view)
  const changes: Record<string, unknown> = {}
  const toBefore = (time: DayMicros): number => tick.time - time
  for (const name of MEMBER_NAMES) {
    if (MEMBERS[name].some(field => fields[field]))
      changes[name] = memberToJson(board, name, toBefore) ?? null
  }
  const asks = levelPatches(board, ASKS, fields)
  const bids = levelPatches(board, BIDS, fields)
  if (asks.length > 0) changes.asks = asks
  if (bids.length > 0) changes.bids = bids
  return changes as BoardChangesJson
}

/** Returns a trade of an update. @param updateTime time of the update, on the same day. */
export function tradeRow({ sequence, time, trade, turnover }: TickTrade, updateTime: DayMicros): TradeRow {
  const { price, quantity, side = null, average } = trade
  const row = [priceToYen(price), quantity, side, sequence, updateTime - time] as const
  if (average === undefined) return row
  return turnover === undefined
    ? [...row, priceToYen(average)]
    : [...row, priceToYen(average), senToYen(turnover)]
}

/** Returns a copy of a board in which the fields that a view does not show are blank. */
function shownBoard(board: Board, view: View): Board {
  const fields = VIEW_FIELDS[view]
  return { issue: board.issue, values: board.values.map((value, field) => (fields[field] ? value : ABSENT)) }
}

function levelToJson(board: Board, side: number, level: number): LevelJson | null {
  const price: FeedPrice | undefined = fieldOf(board, side + 2 * level)
  const quantity = fieldOf(board, side + 2 * level + 1)
  return price === undefined ? null : [priceToYen(price), quantity ?? 0]
}

function levelsToJson(board: Board, side: number): (LevelJson | null)[] {
  return trimLevels(Array.from({ length: LEVELS }, (_, level) => levelToJson(board, side, level)))
}

function levelPatches(board: Board, side: number, touched: Uint8Array): LevelPatchJson[] {
  const patches: LevelPatchJson[] = []
  for (let level = 0; level < LEVELS; level++) {
    if (!touched[side + 2 * level] && !touched[side + 2 * level + 1]) continue
    const json = levelToJson(board, side, level)
    patches.push(json === null ? [level] : [level, json[0], json[1]])
  }
  return patches
}

/** @param toTime returns the JSON of a time. */
function memberToJson<Time>(
  board: Board,
  name: keyof BoardMembersJson,
  toTime: (time: DayMicros) => Time,
): unknown {
  const time = (field: TimeField): { time?: Time } => {
    const value = fieldOf(board, field)
    return value === undefined ? {} : { time: toTime(value) }
  }
  const yen = (field: PriceField): Yen | undefined => {
    const price = fieldOf(board, field)
    return price === undefined ? undefined : priceToYen(price)
  }
  const point = (price: PriceField, at: TimeField, stop?: FieldIndex): PricePointJson<Time> | undefined => {
    const value = yen(price)
    if (value === undefined) return undefined
    const limit = stop !== undefined && fieldOf(board, stop) === 1 ? { limit: true as const } : {}
    return { price: value, ...time(at), ...limit }
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
    case 'turnover': {
      const turnover = fieldOf(board, F.turnover)
      return turnover === undefined ? undefined : senToYen(turnover)
    }
    case 'vwap':
      return yen(F.vwap)
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

function statusToJson<Time>(board: Board, time: { time?: Time }): BoardMembersJson<Time>['status'] {
  const status = fieldOf(board, F.status)
  if (status === undefined) return undefined
  const code = statusCode(status)
  const name = STATUS_NAMES[code]
  return { code, ...(name === undefined ? {} : { name }), ...time }
}

function quoteToJson<Time>(
  board: Board,
  field: FieldIndex,
  time: { time?: Time },
): BestQuoteJson<Time> | undefined {
  const sign = fieldOf(board, field)
  if (sign === undefined && time.time === undefined) return undefined
  const named = sign === undefined ? undefined : QUOTE_SIGNS[sign as keyof typeof QUOTE_SIGNS]
  const shown = sign === undefined || sign === 0 ? {} : { sign: named ?? (`${sign}` as const) }
  return { ...shown, ...time }
}
