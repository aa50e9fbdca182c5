/**
 * Judges the fields of a market message. Impossible values are replaced, mostly by those before it, so that they cost at
 * most this message. The table in docs/impossible-values.md lists the rule of each field.
 */
import { ABSENT, ASKS, BIDS, F, FIELD_COUNT, MAX_VALUE, orZero, TIME_FIELDS } from '../../market/board.ts'
import { type DayMicros, PRICE_SCALE, TURNOVER_SCALE } from '../../market/units.ts'

/** The clocks of the exchange and of this machine differ by milliseconds; a time may be so much later than its arrival, µs. */
export const TIME_TOLERANCE = 1_000_000
/** Largest price of a share, 10⁻⁴ yen: twice the last border of the exchange's table of tick sizes, 50 million yen. */
export const MAX_PRICE = 100_000_000 * PRICE_SCALE
/** Largest quantity and volume, shares: ten times the shares of the largest issue (NTT, some 90 billion). */
export const MAX_QUANTITY = 1_000_000_000_000
/** How far turnover and volume × price may differ, 10⁻⁴ yen: one yen, for a feed that rounds turnover. */
const WORTH_TOLERANCE = PRICE_SCALE

/** What was refused of the previous message of an issue. A second refusal in a row is none: two messages agree. */
export interface Doubt {
  /** The update number. */
  number: boolean
  /** The prices of the day and the totals. */
  trades: boolean
}

export function noDoubt(): Doubt {
  return { number: false, trades: false }
}

/** For a whole board, which has no board before it: only the bounds of its values are judged. */
export function wholeDoubt(): Doubt {
  return { number: true, trades: true }
}

/** A field of a message that was not published as sent. */
export interface ImpossibleField {
  /** Index in the values of a board. */
  readonly field: number
  /** What was sent, in the unit of the field. */
  readonly got: number
}

const FIRST_TRADE_FIELD = F.open
const AFTER_TRADE_FIELDS = F.vwap + 1
const PRICES_OF_DAY = [F.open, F.high, F.low, F.last, F.vwap] as const
const SUMS = [F.marketSell, F.marketBuy, F.over, F.under] as const
/** Times of past prices, each with its price. Such a time stays while its price stays. */
const PAST_TIMES: ReadonlyMap<number, number> = new Map([
  [F.openTime, F.open],
  [F.highTime, F.high],
  [F.lowTime, F.low],
])

/**
 * Replaces impossible values of a board that a message has changed.
 * @param values the board after the message.
 * @param before the board before the message; a blank board if the message carries a whole board.
 * @param arrival when the message came, µs of the day.
 * @returns the replaced fields, or undefined.
 */
export function judgeFields(
  values: Float64Array,
  before: Float64Array,
  doubt: Doubt,
  arrival: DayMicros,
): ImpossibleField[] | undefined {
  let found = judgeNumber(values, before, doubt, undefined)
  found = judgeTrades(values, before, doubt, found)
  found = judgeQuotes(values, before, found)
  if (!isCode(values[F.status]!)) found = replace(values, F.status, before[F.status]!, found)
  return judgeTimes(values, before, arrival, found)
}

/** Returns the name of a field for people: `last`, `ask 3`. */
export function fieldName(field: number): string {
  if (field < ASKS) return Object.keys(F)[field]!
  const [side, first] = field < BIDS ? ['ask', ASKS] : ['bid', BIDS]
  const offset = field - first!
  return `${side} ${1 + (offset >> 1)}${offset % 2 === 1 ? ' quantity' : ''}`
}

/** Whether a field holds a time. */
export function isTimeField(field: number): boolean {
  return TIME_FIELDS.includes(field)
}

function replace(
  values: Float64Array,
  field: number,
  value: number,
  found: ImpossibleField[] | undefined,
): ImpossibleField[] {
  const list = found ?? []
  list.push({ field, got: values[field]! })
  values[field] = value
  return list
}

type Found = ImpossibleField[] | undefined

/** Each message of an issue has the number after the previous one. */
function judgeNumber(values: Float64Array, before: Float64Array, doubt: Doubt, found: Found): Found {
  const earlier = before[F.updateNumber]!
  const later = values[F.updateNumber]!
  if (earlier === later) return found
  const isNext = earlier === ABSENT || later === earlier + 1
  if (isNext || doubt.number) {
    doubt.number = false
    return found
  }
  doubt.number = true
  return replace(values, F.updateNumber, earlier + 1, found)
}

/** The prices of the day and the totals belong together: a trade changes all of them, so they are refused together. */
function judgeTrades(values: Float64Array, before: Float64Array, doubt: Doubt, found: Found): Found {
  let isChanged = false
  for (let field = FIRST_TRADE_FIELD; field < AFTER_TRADE_FIELDS && !isChanged; field++) {
    isChanged = values[field] !== before[field]
  }
  if (!isChanged) return found
  const broken = brokenTotal(values, before) ?? brokenPrice(values)
  const wasDoubted = doubt.trades
  doubt.trades = broken !== undefined && !wasDoubted
  if (broken === undefined) return found
  if (!wasDoubted) {
    const refused = replace(values, broken, before[broken]!, found)
    values.set(before.subarray(FIRST_TRADE_FIELD, AFTER_TRADE_FIELDS), FIRST_TRADE_FIELD)
    return refused
  }
  let kept = found
  for (let field = FIRST_TRADE_FIELD; field < AFTER_TRADE_FIELDS; field++) {
    if (isOutOfBounds(values, field)) kept = replace(values, field, before[field]!, kept)
  }
  return kept
}

/** Whether a price of the day or a total is out of its bounds. */
function isOutOfBounds(values: Float64Array, field: number): boolean {
  const value = values[field]!
  if (field === F.volume) return value > MAX_QUANTITY
  if (field === F.turnover) return value > MAX_VALUE
  return PRICES_OF_DAY.includes(field) && isBadPrice(value)
}

/** Returns the total that is out of bounds, has fallen, or does not fit the prices. */
function brokenTotal(values: Float64Array, before: Float64Array): number | undefined {
  const volume = values[F.volume]!
  const turnover = values[F.turnover]!
  if (volume > MAX_QUANTITY) return F.volume
  if (turnover > MAX_VALUE) return F.turnover
  if (volume < before[F.volume]!) return F.volume
  if (turnover < before[F.turnover]!) return F.turnover
  if (before[F.updateNumber] === ABSENT || turnover === ABSENT) return undefined
  // A board without totals comes before the first trade of the day.
  const quantity = orZero(volume) - orZero(before[F.volume]!)
  const worth = (turnover - orZero(before[F.turnover]!)) * (PRICE_SCALE / TURNOVER_SCALE)
  const low = values[F.low]!
  const high = values[F.high]!
  // A feed may send volume and turnover in different messages.
  if (quantity === 0 || worth === 0 || low === ABSENT || high === ABSENT) return undefined
  if (worth < low * quantity - WORTH_TOLERANCE || worth > high * quantity + WORTH_TOLERANCE) return F.volume
  return undefined
}

/** Returns the price of the day that is out of bounds, or not between low and high. */
function brokenPrice(values: Float64Array): number | undefined {
  for (const field of PRICES_OF_DAY) if (isBadPrice(values[field]!)) return field
  const low = values[F.low]!
  const high = values[F.high]!
  if (low === ABSENT || high === ABSENT) return undefined
  if (low > high) return F.high
  for (const field of [F.open, F.last]) {
    const price = values[field]!
    if (price !== ABSENT && (price < low || price > high)) return field
  }
  return undefined
}

function isBadPrice(price: number): boolean {
  return price > MAX_PRICE || price === 0
}

/** An impossible price or quantity of a level costs its side of the level. */
function judgeQuotes(values: Float64Array, before: Float64Array, first: Found): Found {
  let found = first
  for (const field of SUMS) {
    if (values[field]! > MAX_QUANTITY) found = replace(values, field, before[field]!, found)
  }
  for (let field = ASKS; field < FIELD_COUNT; field += 2) {
    const isPrice = isBadPrice(values[field]!)
    if (!isPrice && values[field + 1]! <= MAX_QUANTITY) continue
    const broken = isPrice ? field : field + 1
    found = replace(values, broken, before[broken]!, found)
    values[field] = before[field]!
    values[field + 1] = before[field + 1]!
    if (field === ASKS) keepBest(values, before, F.askTime, F.askSign)
    if (field === BIDS) keepBest(values, before, F.bidTime, F.bidSign)
  }
  return found
}

function keepBest(values: Float64Array, before: Float64Array, time: number, sign: number): void {
  values[time] = before[time]!
  values[sign] = before[sign]!
}

/** Whether both characters of a status are digits, capitals or blank. Codes that are not public are taken too. */
function isCode(status: number): boolean {
  return status === ABSENT || (isCodeCharacter(status >> 8) && isCodeCharacter(status & 0xff))
}

const ZERO = '0'.charCodeAt(0)
const NINE = '9'.charCodeAt(0)
const A = 'A'.charCodeAt(0)
const Z = 'Z'.charCodeAt(0)
const BLANK = ' '.charCodeAt(0)

function isCodeCharacter(code: number): boolean {
  return (code >= ZERO && code <= NINE) || (code >= A && code <= Z) || code === BLANK
}

/** Nothing happens later than the message about it came. */
function judgeTimes(values: Float64Array, before: Float64Array, arrival: DayMicros, first: Found): Found {
  let found = first
  for (const field of TIME_FIELDS) {
    if (values[field]! <= arrival + TIME_TOLERANCE) continue
    const price = PAST_TIMES.get(field)
    const isPast = price !== undefined && values[price] === before[price] && before[field] !== ABSENT
    found = replace(values, field, isPast ? before[field]! : arrival, found)
  }
  return found
}
