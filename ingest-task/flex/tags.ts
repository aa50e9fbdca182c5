/** Merges the tags of a market message into the values of a board. A tag always carries all its current values. */
import { ABSENT, ASKS, BIDS, F, LEVELS } from '../../market/board.ts'
import { PRICE_SCALE, TURNOVER_SCALE } from '../../market/units.ts'
import { readDigit, readMicroseconds, readNumber, readSeconds, readSigned, refuse } from './read-digits.ts'

export const SEPARATOR = 0x13
const BLANK = 0x20

const nameOf = (name: string): number => (name.charCodeAt(0) << 8) | name.charCodeAt(1)
const NO = nameOf('NO')
const ST = nameOf('ST')
const PRICES = nameOf('4P')
const Q1 = nameOf('Q1')
const Q9 = nameOf('Q9')
const QA = nameOf('QA')
const QM = nameOf('QM')
const QO = nameOf('QO')
const VL = nameOf('VL')
const VA = nameOf('VA')
const VW = nameOf('VW')

/** Bytes of a tag, its name included. */
const NO_BYTES = 10
const ST_BYTES = 26
const PRICES_BYTES = 107
const QUOTE_BYTES = 96
const SUMS_BYTES = 62
const TOTAL_BYTES = 27
const AVERAGE_BYTES = 52

/** Offsets of fields in a tag. */
const AFTER_BLANKS = 4
const ST_CODE_AT = 5
const ST_TIME_AT = 10
const OPEN_AT = 4
const HIGH_AT = 28
const LOW_AT = 52
const LAST_AT = 75
const CLOSING_AT = 106
const BUY_QUOTE_AT = 50
const BUY_SUM_AT = 33

/**
 * Merges the tag at `at` into `values`.
 * @returns where the tag ends.
 * @throws FlexError; `values` may then be half changed.
 */
export function mergeTag(bytes: Uint8Array, at: number, end: number, values: Float64Array): number {
  const name = (bytes[at]! << 8) | bytes[at + 1]!
  if ((name >= Q1 && name <= Q9) || name === QA) {
    const next = sized(bytes, at, end, QUOTE_BYTES)
    mergeLevel(bytes, at, name === QA ? LEVELS - 1 : name - Q1, values)
    return next
  }
  switch (name) {
    case NO: {
      const next = sized(bytes, at, end, NO_BYTES)
      values[F.updateNumber] = readNumber(bytes, at + 2, 8)
      return next
    }
    case ST: {
      const next = sized(bytes, at, end, ST_BYTES)
      const first = bytes[at + ST_CODE_AT]!
      values[F.status] = first === BLANK ? ABSENT : (first << 8) | bytes[at + ST_CODE_AT + 1]!
      values[F.statusTime] = readMicroseconds(bytes, at + ST_TIME_AT)
      return next
    }
    case PRICES: {
      const next = sized(bytes, at, end, PRICES_BYTES)
      mergePrices(bytes, at, values)
      return next
    }
    case QM:
    case QO: {
      const next = sized(bytes, at, end, SUMS_BYTES)
      values[name === QM ? F.marketSell : F.over] = readSigned(bytes, at + AFTER_BLANKS + 14, 14)
      values[name === QM ? F.marketBuy : F.under] = readSigned(bytes, at + BUY_SUM_AT + 14, 14)
      return next
    }
    case VL: {
      const next = sized(bytes, at, end, TOTAL_BYTES)
      values[F.volume] = readScaled(bytes, at + 5, 1)
      values[F.volumeTime] = readSeconds(bytes, at + 20)
      return next
    }
    case VA: {
      const next = sized(bytes, at, end, TOTAL_BYTES)
      values[F.turnover] = readScaled(bytes, at + 5, TURNOVER_SCALE)
      return next
    }
    case VW: {
      const next = sized(bytes, at, end, AVERAGE_BYTES)
      // The tag has two averages, which are equal in all public samples. The exchange sends 0 as the number of decimals
      // although four of the digits are decimals.
      values[F.vwap] = readSigned(bytes, at + 6, 14)
      return next
    }
    default:
      return refuse(bytes, at, 2, 'a tag NO, ST, 4P, Q1 to Q9, QA, QM, QO, VL, VA or VW')
  }
}

/** Bytes of tags without a microsecond time, other than VL and VA. */
const PLAIN_BYTES: ReadonlyMap<number, number> = new Map([
  [NO, NO_BYTES],
  [ST, ST_BYTES],
  [VW, AVERAGE_BYTES],
])

/**
 * Returns the latest microsecond time in the tags of [at, end); ABSENT if there is none. Merging must have checked the tags.
 * Used for messages without ST, or with a blank time in ST.
 */
export function latestTime(bytes: Uint8Array, at: number, end: number): number {
  let latest = ABSENT
  const readTime = (offset: number): void => {
    latest = Math.max(latest, readMicroseconds(bytes, offset))
  }
  for (let tag = at; tag < end; ) {
    const name = (bytes[tag]! << 8) | bytes[tag + 1]!
    if (name === PRICES) {
      readTime(tag + LAST_AT + 16)
      tag += PRICES_BYTES + 1
    } else if (name === QM || name === QO) {
      readTime(tag + AFTER_BLANKS + 1)
      readTime(tag + BUY_SUM_AT + 1)
      tag += SUMS_BYTES + 1
    } else if (bytes[tag] === Q1 >> 8) {
      readTime(tag + AFTER_BLANKS + 17)
      readTime(tag + BUY_QUOTE_AT + 17)
      tag += QUOTE_BYTES + 1
    } else tag += (PLAIN_BYTES.get(name) ?? TOTAL_BYTES) + 1
  }
  return latest
}

/**
 * Returns where a tag of `size` bytes ends.
 * @throws FlexError when neither a separator nor the end of the message is there.
 */
function sized(bytes: Uint8Array, at: number, end: number, size: number): number {
  const next = at + size
  if (next > end || (next < end && bytes[next] !== SEPARATOR)) {
    refuse(bytes, at, Math.min(size + 1, end - at), `a tag of ${size} bytes and then its end`)
  }
  return next
}

function mergePrices(bytes: Uint8Array, at: number, values: Float64Array): void {
  values[F.open] = readPrice(bytes, at + OPEN_AT)
  values[F.openTime] = readSeconds(bytes, at + OPEN_AT + 16)
  values[F.highStop] = readDigit(bytes, at + HIGH_AT - 1)
  values[F.high] = readPrice(bytes, at + HIGH_AT)
  values[F.highTime] = readSeconds(bytes, at + HIGH_AT + 16)
  values[F.lowStop] = readDigit(bytes, at + LOW_AT - 1)
  values[F.low] = readPrice(bytes, at + LOW_AT)
  values[F.lowTime] = readSeconds(bytes, at + LOW_AT + 16)
  values[F.last] = readPrice(bytes, at + LAST_AT)
  values[F.lastTime] = readMicroseconds(bytes, at + LAST_AT + 16)
  values[F.closing] = readDigit(bytes, at + CLOSING_AT)
}

function mergeLevel(bytes: Uint8Array, at: number, level: number, values: Float64Array): void {
  const ask = ASKS + 2 * level
  const bid = BIDS + 2 * level
  mergeQuote(bytes, at + AFTER_BLANKS, values, ask)
  mergeQuote(bytes, at + BUY_QUOTE_AT, values, bid)
  if (level > 0) return
  const hasAsk = values[ask] !== ABSENT
  const hasBid = values[bid] !== ABSENT
  values[F.askTime] = hasAsk ? readMicroseconds(bytes, at + AFTER_BLANKS + 17) : ABSENT
  values[F.askSign] = hasAsk ? readDigit(bytes, at + AFTER_BLANKS + 29) : ABSENT
  values[F.bidTime] = hasBid ? readMicroseconds(bytes, at + BUY_QUOTE_AT + 17) : ABSENT
  values[F.bidSign] = hasBid ? readDigit(bytes, at + BUY_QUOTE_AT + 29) : ABSENT
}

/** Merges one side (sell or buy) of a level into `values`: the price at `field`, the quantity at `field + 1`. */
function mergeQuote(bytes: Uint8Array, at: number, values: Float64Array, field: number): void {
  values[field] = readPrice(bytes, at + 1)
  values[field + 1] = readSigned(bytes, at + 31, 14)
}

/** Reads the number of decimals, 14 digits and a sign, as 10⁻⁴ yen. */
function readPrice(bytes: Uint8Array, at: number): number {
  const value = readSigned(bytes, at + 1, 14)
  return value === ABSENT ? ABSENT : rescale(bytes, at, value, PRICE_SCALE)
}

/** Reads the number of decimals and 14 digits, in units of 1 / `scale`. */
function readScaled(bytes: Uint8Array, at: number, scale: number): number {
  const value = readNumber(bytes, at + 1, 14)
  return value === ABSENT ? ABSENT : rescale(bytes, at, value, scale)
}

const FACTORS: readonly number[] = [1, 10, 100, 1000, 10_000]
const MOST_DECIMALS = 0x34

function rescale(bytes: Uint8Array, at: number, value: number, scale: number): number {
  // Nearly all prices have four decimals.
  if (scale === PRICE_SCALE && bytes[at] === MOST_DECIMALS) return value
  const decimals = readDigit(bytes, at)
  const factor = FACTORS[decimals]
  if (factor === undefined || factor > scale) {
    return refuse(bytes, at, 1, `at most ${Math.log10(scale)} decimals`)
  }
  return value * (scale / factor)
}
