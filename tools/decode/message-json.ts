/** Converts one market message to JSON with only the fields that it carries: yen, shares, times as in the feed. */
import { IssueIndex } from '../../ingest-task/flex/issue-index.ts'
import { channelOf, counterOf, exchangeOf, HEADER_BYTES } from '../../ingest-task/flex/message-header.ts'
import { mergeTag } from '../../ingest-task/flex/tags.ts'
import {
  ABSENT,
  ASKS,
  BIDS,
  type Board,
  emptyBoard,
  F,
  fieldOf,
  LEVELS,
  statusCode,
} from '../../market/board.ts'
import { QUOTE_SIGNS, STATUS_NAMES } from '../../market/board-json.ts'
import { PRICE_SCALE, TURNOVER_SCALE } from '../../market/units.ts'
import { clockText } from './clock-text.ts'

/** A price level: price in yen, quantity in shares; `null` if the quantity is blank in the message. */
export type Level = readonly [price: number, quantity: number | null]

export interface PricePoint {
  readonly price: number
  readonly time?: string
  /** The price is at the daily limit. */
  readonly limit?: true
  readonly closing?: true
}

export interface Quote {
  readonly sign?: string
  readonly time?: string
}

/** Members have this order. Fields that a message does not carry, or leaves blank, are absent. */
export interface MessageJson {
  readonly seq: number
  readonly channel: number
  /** T Tokyo, N Nagoya, F Fukuoka, S Sapporo. */
  readonly exchange: string
  readonly issue: string
  readonly last?: PricePoint
  readonly open?: PricePoint
  readonly high?: PricePoint
  readonly low?: PricePoint
  readonly volume?: number
  readonly turnover?: number
  readonly vwap?: number
  /** Best (lowest) price first. */
  readonly asks?: readonly Level[]
  readonly bids?: readonly Level[]
  /** Level numbers of `asks`, from 1. Absent if they are 1, 2, 3 … without a gap. */
  readonly askLevels?: readonly number[]
  readonly bidLevels?: readonly number[]
  readonly over?: number
  readonly under?: number
  readonly marketSell?: number
  readonly marketBuy?: number
  readonly updateNumber?: number
  readonly status?: { readonly code: string; readonly name?: string; readonly time?: string }
  readonly volumeTime?: string
  readonly bestAsk?: Quote
  readonly bestBid?: Quote
}

/**
 * Creates a reader of whole messages. The reader throws FlexError for a message that does not match the layout.
 * Its parameter `end` is the result of `messageEnd`.
 */
export function createMessageReader(): (bytes: Uint8Array, at: number, end: number) => MessageJson {
  const issues = new IssueIndex(issue => issue)
  // The board is empty before each message, so it holds only what the message carries.
  const board = emptyBoard('')
  return (bytes, at, end) => {
    const channel = channelOf(bytes, at)
    const header = {
      seq: counterOf(bytes, at, channel),
      channel,
      exchange: exchangeOf(bytes, at),
      issue: issues.of(bytes, at),
    }
    board.values.fill(ABSENT)
    const tagsEnd = end - 1
    for (let tag = at + HEADER_BYTES; tag < tagsEnd; ) tag = mergeTag(bytes, tag, tagsEnd, board.values) + 1
    return { ...header, ...bodyOf(board) }
  }
}

/** Returns the members of a board. A member without a value is undefined, so JSON omits it. */
function bodyOf(board: Board): Partial<MessageJson> {
  const asks = levelsOf(board, ASKS)
  const bids = levelsOf(board, BIDS)
  return {
    last: pointOf(board, F.last, microsOf(board, F.lastTime), { closing: F.closing }),
    open: pointOf(board, F.open, secondsOf(board, F.openTime), {}),
    high: pointOf(board, F.high, secondsOf(board, F.highTime), { limit: F.highStop }),
    low: pointOf(board, F.low, secondsOf(board, F.lowTime), { limit: F.lowStop }),
    volume: fieldOf(board, F.volume),
    turnover: scaledOf(board, F.turnover, TURNOVER_SCALE),
    vwap: scaledOf(board, F.vwap, PRICE_SCALE),
    asks: asks.levels,
    bids: bids.levels,
    askLevels: asks.numbers,
    bidLevels: bids.numbers,
    over: fieldOf(board, F.over),
    under: fieldOf(board, F.under),
    marketSell: fieldOf(board, F.marketSell),
    marketBuy: fieldOf(board, F.marketBuy),
    updateNumber: fieldOf(board, F.updateNumber),
    status: statusOf(board),
    volumeTime: secondsOf(board, F.volumeTime),
    bestAsk: quoteOf(board, F.askSign, F.askTime),
    bestBid: quoteOf(board, F.bidSign, F.bidTime),
  }
}

function pointOf(
  board: Board,
  field: number,
  time: string | undefined,
  flags: { readonly limit?: number; readonly closing?: number },
): PricePoint | undefined {
  const price = scaledOf(board, field, PRICE_SCALE)
  if (price === undefined) return undefined
  const isSet = (flag: number | undefined): true | undefined =>
    flag !== undefined && fieldOf(board, flag) === 1 ? true : undefined
  return { price, time, limit: isSet(flags.limit), closing: isSet(flags.closing) }
}

function levelsOf(board: Board, base: number): { levels?: Level[]; numbers?: number[] } {
  const levels: Level[] = []
  const numbers: number[] = []
  for (let level = 0; level < LEVELS; level++) {
    const price = scaledOf(board, base + 2 * level, PRICE_SCALE)
    if (price === undefined) continue
    levels.push([price, fieldOf(board, base + 2 * level + 1) ?? null])
    numbers.push(level + 1)
  }
  if (levels.length === 0) return {}
  return numbers.at(-1) === levels.length ? { levels } : { levels, numbers }
}

function statusOf(board: Board): MessageJson['status'] {
  const status = fieldOf(board, F.status)
  if (status === undefined) return undefined
  const code = statusCode(status)
  return { code, name: STATUS_NAMES[code], time: microsOf(board, F.statusTime) }
}

/** Returns a best quote. Sign 0 means "no sign"; a sign without a name is shown as its digit. */
function quoteOf(board: Board, sign: number, time: number): Quote | undefined {
  const digit = fieldOf(board, sign) ?? 0
  const at = microsOf(board, time)
  if (digit === 0) return at === undefined ? undefined : { time: at }
  return { sign: QUOTE_SIGNS[digit as keyof typeof QUOTE_SIGNS] ?? String(digit), time: at }
}

function scaledOf(board: Board, field: number, scale: number): number | undefined {
  const value = fieldOf(board, field)
  return value === undefined ? undefined : value / scale
}

function secondsOf(board: Board, field: number): string | undefined {
  const time = fieldOf(board, field)
  return time === undefined ? undefined : clockText(time).slice(0, 'HH:MM:SS'.length)
}

function microsOf(board: Board, field: number): string | undefined {
  const time = fieldOf(board, field)
  return time === undefined ? undefined : clockText(time)
}
