/** Writes the tags of a FLEX Standard message: fields of fixed width, each tag followed by its separator. */
import { ABSENT, ASKS, BIDS, F, LEVELS } from '../../market/board.ts'
import { type DayMicros, senToYen, TURNOVER_SCALE } from '../../market/units.ts'
import { putBlanks, putMicroTime, putNumber, putSecondTime } from './write-digits.ts'

const TAG_SEPARATOR = 0x13
const BLANK = 0x20
const PLUS = 0x2b
const ZERO = 0x30
const ONE = 0x31
const FOUR = 0x34

/** The largest price or quantity that fits into 14 digits. */
const MOST_DIGITS = 99_999_999_999_999

/** Second letters of the tag names. */
const LETTER = {
  A: 'A'.charCodeAt(0),
  L: 'L'.charCodeAt(0),
  M: 'M'.charCodeAt(0),
  O: 'O'.charCodeAt(0),
  W: 'W'.charCodeAt(0),
} as const
const Q = 'Q'.charCodeAt(0)
const V = 'V'.charCodeAt(0)

/** Writes the tag name and the two blanks after it. Every `put…` function returns the position after its bytes. */
function putName(target: Uint8Array, at: number, first: number, second: number): number {
  target[at] = first
  target[at + 1] = second
  target[at + 2] = BLANK
  target[at + 3] = BLANK
  return at + 4
}

// Each tag ends with the separator. The separator of the last tag is replaced by the end of the message.
function endTag(target: Uint8Array, at: number): number {
  target[at] = TAG_SEPARATOR
  return at + 1
}

export function putUpdateNumber(target: Uint8Array, at: number, values: Float64Array): number {
  target[at] = 'N'.charCodeAt(0)
  target[at + 1] = LETTER.O
  return endTag(target, putCount(target, at + 2, 8, values[F.updateNumber]!))
}

/** @param time µs of the day; ABSENT is written as blanks. */
export function putStatus(target: Uint8Array, start: number, values: Float64Array, time: DayMicros): number {
  let at = putName(target, start, 'S'.charCodeAt(0), 'T'.charCodeAt(0))
  const status = values[F.status]!
  target[at++] = ONE
  target[at++] = status === ABSENT ? BLANK : status >> 8
  target[at++] = status === ABSENT ? BLANK : status & 0xff
  at = putBlanks(target, at, 2)
  target[at++] = ZERO
  at = putTime(target, at, time)
  return endTag(target, putBlanks(target, at, 4))
}

export function putPrices(target: Uint8Array, start: number, values: Float64Array): number {
  let at = putName(target, start, FOUR, 'P'.charCodeAt(0))
  at = putDayPrice(target, at, values[F.open]!, values[F.openTime]!)
  at = putFlag(target, at, values[F.highStop]!)
  at = putDayPrice(target, at, values[F.high]!, values[F.highTime]!)
  at = putFlag(target, at, values[F.lowStop]!)
  at = putDayPrice(target, at, values[F.low]!, values[F.lowTime]!)
  at = putPrice(target, at, values[F.last]!)
  at = putTime(target, at, values[F.lastTime]!)
  target[at++] = values[F.last] === ABSENT ? BLANK : ONE
  at = putBlanks(target, at, 2)
  return endTag(target, putFlag(target, at, values[F.closing]!))
}

/** Writes decimals, digits and sign: four decimals, or fewer if the price would not fit into 14 digits. */
function putPrice(target: Uint8Array, at: number, price: number): number {
  if (price === ABSENT) return putBlanks(target, at, 16)
  let decimals = 4
  let digits = price
  for (; digits > MOST_DIGITS; decimals--) digits /= 10
  target[at] = ZERO + decimals
  return putSigned(target, at + 1, digits)
}

/** Writes fourteen digits and a plus sign, or blanks for ABSENT. */
function putSigned(target: Uint8Array, at: number, value: number): number {
  if (value === ABSENT) return putBlanks(target, at, 15)
  const end = putNumber(target, at, 14, value)
  target[end] = PLUS
  return end + 1
}

/** Writes digits, or blanks for ABSENT. */
function putCount(target: Uint8Array, at: number, width: number, value: number): number {
  return value === ABSENT ? putBlanks(target, at, width) : putNumber(target, at, width, value)
}

/** Writes a time to the microsecond, or blanks for ABSENT. */
function putTime(target: Uint8Array, at: number, time: DayMicros): number {
  return time === ABSENT ? putBlanks(target, at, 12) : putMicroTime(target, at, time)
}

/** Writes a time to the second, or blanks for ABSENT. */
function putSeconds(target: Uint8Array, at: number, time: DayMicros): number {
  return time === ABSENT ? putBlanks(target, at, 6) : putSecondTime(target, at, time)
}

function putDayPrice(target: Uint8Array, start: number, price: number, time: DayMicros): number {
  const at = putSeconds(target, putPrice(target, start, price), time)
  target[at] = price === ABSENT ? BLANK : ONE
  return at + 1
}

function putFlag(target: Uint8Array, at: number, flag: number): number {
  target[at] = flag === ABSENT ? BLANK : ZERO + flag
  return at + 1
}

/** @param time time of the message: the board stores a time and a sign only for the best quotes. */
export function putLevel(
  target: Uint8Array,
  start: number,
  values: Float64Array,
  level: number,
  time: DayMicros,
): number {
  let at = putName(target, start, Q, level === LEVELS - 1 ? LETTER.A : ONE + level)
  const best = level === 0
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
  time: DayMicros,
  sign: number,
): number {
  target[start] = ONE
  let at = putPrice(target, start + 1, price)
  at = putTime(target, at, price === ABSENT ? ABSENT : time)
  at = putFlag(target, at, price === ABSENT ? ABSENT : sign)
  target[at++] = price === ABSENT ? BLANK : ZERO
  return putSigned(target, at, quantity)
}

export function putMarketOrders(
  target: Uint8Array,
  at: number,
  values: Float64Array,
  time: DayMicros,
): number {
  return putSums(target, at, LETTER.M, time, values[F.marketSell]!, values[F.marketBuy]!)
}

export function putOverUnder(target: Uint8Array, at: number, values: Float64Array, time: DayMicros): number {
  return putSums(target, at, LETTER.O, time, values[F.over]!, values[F.under]!)
}

/** Writes QM or QO: a sell and a buy quantity, both with the time of the message. */
function putSums(
  target: Uint8Array,
  start: number,
  name: number,
  time: DayMicros,
  sell: number,
  buy: number,
): number {
  const at = putSum(target, putName(target, start, Q, name), time, sell)
  return endTag(target, putSum(target, at, time, buy))
}

function putSum(target: Uint8Array, start: number, time: DayMicros, quantity: number): number {
  target[start] = ONE
  const at = putTime(target, start + 1, time)
  target[at] = quantity === ABSENT ? BLANK : ZERO
  return putSigned(target, at + 1, quantity)
}

export function putVolume(target: Uint8Array, at: number, values: Float64Array): number {
  return putTotal(target, at, LETTER.L, 0, values[F.volume]!, values[F.volumeTime]!)
}

/** Writes VL or VA. Before the first trade of the day the value is 0 and its time is blank. */
function putTotal(
  target: Uint8Array,
  start: number,
  name: number,
  decimals: number,
  value: number,
  time: DayMicros,
): number {
  let at = putName(target, start, V, name)
  target[at++] = BLANK
  target[at++] = value === ABSENT ? BLANK : ZERO + decimals
  at = putCount(target, at, 14, value)
  at = putSeconds(target, at, time)
  target[at++] = BLANK
  return endTag(target, at)
}

/** Writes VA with as many decimals as its value needs. */
export function putTurnover(target: Uint8Array, at: number, values: Float64Array): number {
  const turnover = values[F.turnover]!
  const time = values[F.volumeTime]!
  if (turnover === ABSENT || turnover % TURNOVER_SCALE === 0) {
    return putTotal(target, at, LETTER.A, 0, turnover === ABSENT ? ABSENT : senToYen(turnover), time)
  }
  return turnover % 10 === 0
    ? putTotal(target, at, LETTER.A, 1, turnover / 10, time)
    : putTotal(target, at, LETTER.A, 2, turnover, time)
}

/** Writes VW: the day's average twice. The exchange sends 0 as decimals although the value has four; so does this function. */
export function putVwap(target: Uint8Array, start: number, values: Float64Array): number {
  let at = putName(target, start, V, LETTER.W)
  for (let i = 0; i < 2; i++) at = putAverage(target, at, values[F.vwap]!, values[F.volumeTime]!)
  return endTag(target, at)
}

function putAverage(target: Uint8Array, start: number, vwap: number, time: DayMicros): number {
  if (vwap === ABSENT) return putBlanks(target, start, 24)
  target[start] = BLANK
  target[start + 1] = ZERO
  const at = putSeconds(target, putSigned(target, start + 2, vwap), time)
  target[at] = BLANK
  return at + 1
}
