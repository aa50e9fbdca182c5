/**
 * The market message in the layout of JPX FLEX Standard: a header of 41 bytes, the tags that changed joined by 0x13,
 * and 0x11 at both ends; all ASCII. The change, turnover and "changed" digits are written as a busy exchange writes
 * them: always set.
 */
import { ABSENT, ASKS, BIDS, type Board, F, LEVELS, TURNOVER_SCALE } from '../../market/board.ts'
import { putBlanks, putMicroTime, putNumber, putSecondTime, putZeroPadded } from './digits.ts'

const START = 0x11
const HEADER_END = 0x12
const TAG_SEPARATOR = 0x13
const BLANK = 0x20
const PLUS = 0x2b
const ZERO = 0x30
const ONE = 0x31
const FOUR = 0x34

/** A message with every tag has 1,432 bytes; room for one is what an encoder's target must have left. */
export const MAX_MESSAGE_BYTES = 1_536

/** Message type, exchange (Tokyo), session and issue class of every message, as four header fields in a row. */
const HEADER_CLASS = Uint8Array.from('1001010111', character => character.charCodeAt(0))

/** Tags as bits of a mask, in the order they stand in a message; level n of the board is `TAG_LEVEL_1 << (n - 1)`. */
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
  /** Which tags it carries beside NO and ST, which are in every message. */
  readonly tags: number
}

/** The tags that say what is new in `after`. Both are the values of a board. */
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

/** A message with all there is to say of `board`, for whoever joins late. */
export function snapshotMessage(board: Board, line: number, sequence: number): Uint8Array {
  const target = new Uint8Array(MAX_MESSAGE_BYTES)
  return target.slice(0, encodeFlexMessage(target, 0, { line, sequence, board, tags: ALL_TAGS }))
}

/**
 * Writes a message at `start` of `target`, which has at least {@link MAX_MESSAGE_BYTES} left there.
 * @returns where the message ends.
 */
export function encodeFlexMessage(target: Uint8Array, start: number, message: FlexMessage): number {
  const { board, tags } = message
  const { values } = board
  let at = putHeader(target, start, message)
  at = putUpdateNumber(target, at, values)
  at = putStatus(target, at, values)
  if (tags & TAG_PRICES) at = putPrices(target, at, values)
  for (let level = 0; level < LEVELS; level++) {
    if (tags & (TAG_LEVEL_1 << level)) at = putLevel(target, at, values, level)
  }
  const time = values[F.statusTime]!
  if (tags & TAG_MARKET_ORDERS)
    at = putSums(target, at, 0x4d, time, values[F.marketSell]!, values[F.marketBuy]!)
  if (tags & TAG_OVER_UNDER) at = putSums(target, at, 0x4f, time, values[F.over]!, values[F.under]!)
  if (tags & TAG_VOLUME) at = putTotal(target, at, 0x4c, 0, values[F.volume]!, values[F.volumeTime]!)
  if (tags & TAG_TURNOVER) at = putTurnover(target, at, values)
  if (tags & TAG_VWAP) at = putVwap(target, at, values)
  target[at - 1] = START
  putNumber(target, start + 1, 6, at - start)
  return at
}

function putHeader(target: Uint8Array, start: number, { line, sequence, board }: FlexMessage): number {
  target[start] = START
  // The length follows when it is known.
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

/** Tag name and the two blanks after it. */
function putName(target: Uint8Array, at: number, first: number, second: number): number {
  target[at] = first
  target[at + 1] = second
  target[at + 2] = BLANK
  target[at + 3] = BLANK
  return at + 4
}

// Each tag ends with the separator; that of the last becomes the end of the message.
function endTag(target: Uint8Array, at: number): number {
  target[at] = TAG_SEPARATOR
  return at + 1
}

function putUpdateNumber(target: Uint8Array, at: number, values: Float64Array): number {
  target[at] = 0x4e
  target[at + 1] = 0x4f
  return endTag(target, putNumber(target, at + 2, 8, values[F.updateNumber]!))
}

function putStatus(target: Uint8Array, start: number, values: Float64Array): number {
  let at = putName(target, start, 0x53, 0x54)
  target[at++] = ONE
  target[at++] = values[F.status]! >> 8
  target[at++] = values[F.status]! & 0xff
  at = putBlanks(target, at, 2)
  target[at++] = ZERO
  at = putMicroTime(target, at, values[F.statusTime]!)
  return endTag(target, putBlanks(target, at, 4))
}

function putPrices(target: Uint8Array, start: number, values: Float64Array): number {
  let at = putName(target, start, 0x34, 0x50)
  at = putDayPrice(target, at, values[F.open]!, values[F.openTime]!)
  at = putFlag(target, at, values[F.highStop]!)
  at = putDayPrice(target, at, values[F.high]!, values[F.highTime]!)
  at = putFlag(target, at, values[F.lowStop]!)
  at = putDayPrice(target, at, values[F.low]!, values[F.lowTime]!)
  const last = values[F.last]!
  if (last === ABSENT) at = putBlanks(target, at, 29)
  else {
    at = putPrice(target, at, last)
    at = putMicroTime(target, at, values[F.lastTime]!)
    target[at++] = ONE
  }
  at = putBlanks(target, at, 2)
  return endTag(target, putFlag(target, at, values[F.closing]!))
}

/** Decimals, digits and sign. */
function putPrice(target: Uint8Array, at: number, price: number): number {
  target[at] = FOUR
  const end = putNumber(target, at + 1, 14, price)
  target[end] = PLUS
  return end + 1
}

function putDayPrice(target: Uint8Array, start: number, price: number, time: number): number {
  if (price === ABSENT) return putBlanks(target, start, 23)
  const at = putSecondTime(target, putPrice(target, start, price), time)
  target[at] = ONE
  return at + 1
}

function putFlag(target: Uint8Array, at: number, flag: number): number {
  target[at] = flag === ABSENT ? BLANK : ZERO + flag
  return at + 1
}

function putLevel(target: Uint8Array, start: number, values: Float64Array, level: number): number {
  let at = putName(target, start, 0x51, level === LEVELS - 1 ? 0x41 : ONE + level)
  // Only the best quotes have a time and a sign of their own on a board; the others get the message's.
  const best = level === 0
  const time = values[F.statusTime]!
  const ask = ASKS + 2 * level
  const bid = BIDS + 2 * level
  const askTime = best ? values[F.askTime]! : time
  const bidTime = best ? values[F.bidTime]! : time
  at = putQuote(target, at, values[ask]!, values[ask + 1]!, askTime, best ? values[F.askSign]! : 1)
  at = putQuote(target, at, values[bid]!, values[bid + 1]!, bidTime, best ? values[F.bidSign]! : 1)
  return endTag(target, at)
}

function putQuote(
  target: Uint8Array,
  start: number,
  price: number,
  quantity: number,
  time: number,
  sign: number,
): number {
  target[start] = ONE
  if (price === ABSENT) return putBlanks(target, start + 1, 45)
  let at = putMicroTime(target, putPrice(target, start + 1, price), time)
  at = putFlag(target, at, sign)
  target[at++] = ZERO
  at = putNumber(target, at, 14, quantity)
  target[at] = PLUS
  return at + 1
}

/** QM and QO: a sell and a buy quantity. */
function putSums(
  target: Uint8Array,
  start: number,
  name: number,
  time: number,
  sell: number,
  buy: number,
): number {
  const at = putSum(target, putName(target, start, 0x51, name), time, sell)
  return endTag(target, putSum(target, at, time, buy))
}

function putSum(target: Uint8Array, start: number, time: number, quantity: number): number {
  target[start] = ONE
  if (quantity === ABSENT) return putBlanks(target, start + 1, 28)
  let at = putMicroTime(target, start + 1, time)
  target[at++] = ZERO
  at = putNumber(target, at, 14, quantity)
  target[at] = PLUS
  return at + 1
}

/** VL and VA. The value is there before the first trade of the day, as 0; its time is not. */
function putTotal(
  target: Uint8Array,
  start: number,
  name: number,
  decimals: number,
  value: number,
  time: number,
): number {
  let at = putName(target, start, 0x56, name)
  target[at++] = BLANK
  if (value === ABSENT) return endTag(target, putBlanks(target, at, 22))
  target[at++] = ZERO + decimals
  at = putNumber(target, at, 14, value)
  at = time === ABSENT ? putBlanks(target, at, 6) : putSecondTime(target, at, time)
  target[at++] = BLANK
  return endTag(target, at)
}

/** VA has as many decimals as its value needs. */
function putTurnover(target: Uint8Array, at: number, values: Float64Array): number {
  const turnover = values[F.turnover]!
  const time = values[F.volumeTime]!
  if (turnover === ABSENT || turnover % TURNOVER_SCALE === 0) {
    return putTotal(target, at, 0x41, 0, turnover === ABSENT ? ABSENT : turnover / TURNOVER_SCALE, time)
  }
  return turnover % 10 === 0
    ? putTotal(target, at, 0x41, 1, turnover / 10, time)
    : putTotal(target, at, 0x41, 2, turnover, time)
}

/** VW: two averages, the day's twice. Its decimals digit is 0 although the value has four: so the exchange sends it. */
function putVwap(target: Uint8Array, start: number, values: Float64Array): number {
  let at = putName(target, start, 0x56, 0x57)
  for (let i = 0; i < 2; i++) at = putAverage(target, at, values[F.vwap]!, values[F.volumeTime]!)
  return endTag(target, at)
}

function putAverage(target: Uint8Array, start: number, vwap: number, time: number): number {
  if (vwap === ABSENT) return putBlanks(target, start, 24)
  target[start] = BLANK
  target[start + 1] = ZERO
  let at = putNumber(target, start + 2, 14, vwap)
  target[at++] = PLUS
  at = putSecondTime(target, at, time)
  target[at] = BLANK
  return at + 1
}
