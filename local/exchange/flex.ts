/**
 * The market message in the layout of JPX FLEX Standard: a header of 41 bytes, the tags that changed joined by 0x13,
 * and 0x11 at both ends; all ASCII. The digits for change, turnover and "changed" are always set, as in a busy market.
 */
import { ABSENT, ASKS, BIDS, type Board, emptyBoard, F, LEVELS } from '../../market/board.ts'
import type { DayMicros } from '../../market/units.ts'
import {
  putLevel,
  putMarketOrders,
  putOverUnder,
  putPrices,
  putStatus,
  putTurnover,
  putUpdateNumber,
  putVolume,
  putVwap,
} from './flex-tags.ts'
import { putBlanks, putNumber, putZeroPadded } from './write-digits.ts'

const START = 0x11
const HEADER_END = 0x12
const BLANK = 0x20

/** An encoder needs this much free space in its target. A message with every tag has 1,432 bytes. */
export const MAX_MESSAGE_BYTES = 1_536

/** Message type, exchange (Tokyo), session and issue class of every message, as four header fields in a row. */
const HEADER_CLASS = Uint8Array.from('1001010111', character => character.charCodeAt(0))

/** Position of the exchange digit in a message, and the digit of Nagoya. */
const EXCHANGE_AT = 21
const NAGOYA = '3'.charCodeAt(0)

/** Tags as bits of a mask, in the order of a message. The tag of level n is `TAG_LEVEL_1 << (n - 1)`. */
const TAG_PRICES = 1
const TAG_LEVEL_1 = 1 << 1
const TAG_MARKET_ORDERS = 1 << 11
const TAG_OVER_UNDER = 1 << 12
const TAG_VOLUME = 1 << 13
const TAG_TURNOVER = 1 << 14
const TAG_VWAP = 1 << 15
export const ALL_TAGS = (1 << 16) - 1

export interface FlexMessage {
  readonly line: number
  /** Counter of the line, from 1. */
  readonly sequence: number
  readonly board: Board
  /** Mask of the tags in addition to NO and ST, which every message carries. */
  readonly tags: number
  /**
   * Sending time, µs of the day, if it differs from the time of the status. ST then has no time, and QO carries this time.
   */
  readonly time?: DayMicros
}

/** Returns the mask of the tags whose fields differ. `before` and `after` are values of a board. */
export function changedTags(before: Float64Array, after: Float64Array): number {
  let tags = 0
  for (let field = F.open; field <= F.closing; field++) {
    if (before[field] !== after[field]) {
      tags = TAG_PRICES
      break
    }
  }
  for (let level = 0; level < LEVELS; level++) {
    const ask = ASKS + 2 * level
    const bid = BIDS + 2 * level
    if (
      before[ask] !== after[ask] ||
      before[ask + 1] !== after[ask + 1] ||
      before[bid] !== after[bid] ||
      before[bid + 1] !== after[bid + 1]
    ) {
      tags |= TAG_LEVEL_1 << level
    }
  }
  const differs = (a: number, b: number): boolean => before[a] !== after[a] || before[b] !== after[b]
  if (differs(F.askTime, F.askSign) || differs(F.bidTime, F.bidSign)) tags |= TAG_LEVEL_1
  if (differs(F.marketSell, F.marketBuy)) tags |= TAG_MARKET_ORDERS
  if (differs(F.over, F.under)) tags |= TAG_OVER_UNDER
  if (differs(F.volume, F.volumeTime)) tags |= TAG_VOLUME
  if (before[F.turnover] !== after[F.turnover]) tags |= TAG_TURNOVER
  if (before[F.vwap] !== after[F.vwap]) tags |= TAG_VWAP
  return tags
}

/** Returns a message with every tag of `board`, for a late joiner. */
export function snapshotMessage(board: Board, line: number, sequence: number): Uint8Array {
  const target = new Uint8Array(MAX_MESSAGE_BYTES)
  return target.slice(0, encodeFlexMessage(target, 0, { line, sequence, board, tags: ALL_TAGS }))
}

/**
 * Writes a message at `start` of `target`, which needs {@link MAX_MESSAGE_BYTES} of free space from there.
 * @returns the position after the message.
 */
export function encodeFlexMessage(target: Uint8Array, start: number, message: FlexMessage): number {
  const { board } = message
  const { values } = board
  const tags = message.time === undefined ? message.tags : message.tags | TAG_OVER_UNDER
  const statusTime = message.time === undefined ? values[F.statusTime]! : ABSENT
  const time = message.time ?? statusTime
  let at = putHeader(target, start, message)
  at = putUpdateNumber(target, at, values)
  at = putStatus(target, at, values, statusTime)
  if (tags & TAG_PRICES) at = putPrices(target, at, values)
  for (let level = 0; level < LEVELS; level++) {
    if (tags & (TAG_LEVEL_1 << level)) at = putLevel(target, at, values, level, time)
  }
  if (tags & TAG_MARKET_ORDERS) at = putMarketOrders(target, at, values, time)
  if (tags & TAG_OVER_UNDER) at = putOverUnder(target, at, values, time)
  if (tags & TAG_VOLUME) at = putVolume(target, at, values)
  if (tags & TAG_TURNOVER) at = putTurnover(target, at, values)
  if (tags & TAG_VWAP) at = putVwap(target, at, values)
  target[at - 1] = START
  putNumber(target, start + 1, 6, at - start)
  return at
}

/** Returns a message of the Nagoya exchange, which shares the line and its counter. It carries no change of the issue. */
export function elsewhereMessage(line: number, sequence: number, issue: string): Uint8Array {
  const target = new Uint8Array(MAX_MESSAGE_BYTES)
  const end = encodeFlexMessage(target, 0, { line, sequence, board: emptyBoard(issue), tags: 0 })
  target[EXCHANGE_AT] = NAGOYA
  return target.slice(0, end)
}

function putHeader(target: Uint8Array, start: number, { line, sequence, board }: FlexMessage): number {
  target[start] = START
  // The length is written last, when it is known.
  let at = putZeroPadded(target, start + 7, 3, line)
  at = putZeroPadded(target, at, 8, sequence)
  for (let i = 0; i < HEADER_CLASS.length; i++) target[at++] = HEADER_CLASS[i]!
  const { issue } = board
  at = putBlanks(target, at, 11 - issue.length)
  for (let i = 0; i < issue.length; i++) target[at++] = issue.charCodeAt(i)
  target[at++] = BLANK
  target[at++] = HEADER_END
  return at
}
