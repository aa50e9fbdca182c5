/**
 * The layout of a whole board, one description for writer and reader. Levels are gaps and lots, traded prices are
 * distances from the best quotes, times are distances from the tick's time. Values that do not fit follow as exceptions.
 */

import { ABSENT, ASKS, BIDS, F, LEVELS, MAX_VALUE } from '../board.ts'
import type { DayMicros } from '../units.ts'
import type { BitPort } from './bits.ts'
import { isMultiple, type Scale } from './level-edits.ts'
import { averageOf, GENERAL_SIGN, secondOf, WORTH_SCALE } from './tick-prediction.ts'

/** The feed's own unit, then the tick sizes of the exchange, 0.1 to 5,000 yen, in 10⁻⁴ yen. Each divides the next. */
export const UNITS: readonly number[] = [1, 1e3, 5e3, 1e4, 5e4, 1e5, 5e5, 1e6, 5e6, 1e7, 5e7]
const UNIT_BITS = 4
/** Trading units in shares: 100 for stocks, 1 or 10 for many ETFs. */
export const LOTS: readonly number[] = [1, 10, 100]
const LOT_BITS = 2
const DEPTH_BITS = 4
const SECOND = 1_000_000
/** Bits of a time's distance (µs) that are written as they are; the rest is a count. */
const FRACTION_BITS = 20
const FRACTION_SIZE = 2 ** FRACTION_BITS

/** Orders of the exponential Golomb codes, chosen for the boards of an opening. */
const UPDATE_ORDER = 7
const STATUS_ORDER = 14
const PRICE_ORDER = 10
const SPREAD_ORDER = 0
const GAP_ORDER = 0
const QUANTITY_ORDER = 3
const SUM_ORDER = 7
const MOVE_ORDER = 1
const RANGE_ORDER = 2
const VOLUME_ORDER = 8
const WORTH_ORDER = 9
const SECONDS_ORDER = 4
const FRACTION_ORDER = 1

/** Values of the last whole board in the body. They predict the next whole board. */
export interface WholeContext {
  status: number
  openTime: number
}

/** Units of a board, and the levels of each side that the layout has. */
export interface Shape extends Scale {
  readonly askDepth: number
  readonly bidDepth: number
}

/**
 * Writes or reads the layout, depending on the port.
 * @param given the shape of the board; a reader may pass any shape.
 * @param from the board that is written; a reader may pass any numbers.
 * @param to receives the board as the reader gets it.
 * @returns the shape of the board.
 */
export function portWhole(
  port: BitPort,
  whole: WholeContext,
  given: Shape,
  from: Float64Array,
  to: Float64Array,
  time: DayMicros,
): Shape {
  to[F.updateNumber] = port.count(UPDATE_ORDER, countable(from[F.updateNumber]!))
  if (!port.flag(from[F.status] === whole.status)) {
    whole.status = port.count(STATUS_ORDER, countable(from[F.status]!))
  }
  to[F.status] = whole.status
  to[F.statusTime] = time
  const shape: Shape = {
    unit: UNITS[port.bits(UNIT_BITS, UNITS.indexOf(given.unit))] ?? 1,
    lot: LOTS[port.bits(LOT_BITS, LOTS.indexOf(given.lot))] ?? 1,
    ...portDepths(port, given),
  }
  portLevels(port, shape, from, to)
  for (const field of SUMS) {
    const value = from[field]!
    if (port.flag(value >= 0 && isMultiple(value, shape.lot))) {
      to[field] = port.count(SUM_ORDER, value / shape.lot) * shape.lot
    }
  }
  portQuoteTimes(port, shape, from, to, time)
  if (port.flag(from[F.last] !== ABSENT)) portTraded(port, whole, shape, from, to, time)
  return shape
}

const SUMS = [F.over, F.under, F.marketSell, F.marketBuy] as const

function portDepths(port: BitPort, given: Shape): { askDepth: number; bidDepth: number } {
  if (port.flag(given.askDepth === LEVELS && given.bidDepth === LEVELS)) {
    return { askDepth: LEVELS, bidDepth: LEVELS }
  }
  return {
    askDepth: Math.min(LEVELS, port.bits(DEPTH_BITS, given.askDepth)),
    bidDepth: Math.min(LEVELS, port.bits(DEPTH_BITS, given.bidDepth)),
  }
}

function portLevels(port: BitPort, shape: Shape, from: Float64Array, to: Float64Array): void {
  const { unit, lot, askDepth, bidDepth } = shape
  if (bidDepth > 0) to[BIDS] = port.count(PRICE_ORDER, from[BIDS]! / unit) * unit
  if (askDepth > 0) {
    to[ASKS] =
      bidDepth > 0
        ? to[BIDS]! + (port.signed(SPREAD_ORDER, (from[ASKS]! - to[BIDS]!) / unit - 1) + 1) * unit
        : port.count(PRICE_ORDER, from[ASKS]! / unit) * unit
  }
  for (let at = ASKS + 2; at < ASKS + 2 * askDepth; at += 2) {
    const above = to[at - 2]!
    to[at] = above + (port.count(GAP_ORDER, (from[at]! - above) / unit - 1) + 1) * unit
  }
  for (let at = BIDS + 2; at < BIDS + 2 * bidDepth; at += 2) {
    const above = to[at - 2]!
    to[at] = above - (port.count(GAP_ORDER, (above - from[at]!) / unit - 1) + 1) * unit
  }
  for (let at = ASKS + 1; at < ASKS + 2 * askDepth; at += 2) {
    to[at] = port.count(QUANTITY_ORDER, from[at]! / lot) * lot
  }
  for (let at = BIDS + 1; at < BIDS + 2 * bidDepth; at += 2) {
    to[at] = port.count(QUANTITY_ORDER, from[at]! / lot) * lot
  }
}

function portQuoteTimes(
  port: BitPort,
  { askDepth, bidDepth }: Shape,
  from: Float64Array,
  to: Float64Array,
  time: DayMicros,
): void {
  if (askDepth > 0) {
    to[F.askTime] = portTime(port, from[F.askTime]!, time)
    to[F.askSign] = GENERAL_SIGN
  }
  if (bidDepth > 0) {
    const isSame = port.flag(from[F.bidTime] === to[F.askTime])
    to[F.bidTime] = isSame ? to[F.askTime]! : portTime(port, from[F.bidTime]!, time)
    to[F.bidSign] = GENERAL_SIGN
  }
}

function portTraded(
  port: BitPort,
  whole: WholeContext,
  { unit, lot }: Shape,
  from: Float64Array,
  to: Float64Array,
  time: DayMicros,
): void {
  const best = to[BIDS] !== ABSENT ? to[BIDS]! : to[ASKS] !== ABSENT ? to[ASKS]! : 0
  const last = best + port.signed(MOVE_ORDER, steps(from[F.last]! - best, unit)) * unit
  const open = last + port.signed(RANGE_ORDER, steps(from[F.open]! - last, unit)) * unit
  const top = Math.max(last, open)
  const high = top + port.count(RANGE_ORDER, countable(steps(from[F.high]! - top, unit))) * unit
  const bottom = Math.min(last, open)
  const low = bottom - port.count(RANGE_ORDER, countable(steps(bottom - from[F.low]!, unit))) * unit
  to[F.last] = last
  to[F.open] = open
  to[F.high] = high
  to[F.low] = low

  const quoted = Math.max(0, to[F.askTime]!, to[F.bidTime]!)
  const isQuoted = port.flag(from[F.lastTime] === quoted)
  const lastTime = isQuoted ? quoted : portTime(port, from[F.lastTime]!, time)
  to[F.lastTime] = lastTime
  to[F.volumeTime] = secondOf(lastTime)
  if (!port.flag(from[F.openTime] === whole.openTime)) {
    whole.openTime = portSecond(port, from[F.openTime]!, time)
  }
  to[F.openTime] = whole.openTime
  to[F.highTime] = portExtreme(port, high, from[F.highTime]!, to, time)
  to[F.lowTime] = portExtreme(port, low, from[F.lowTime]!, to, time)

  const volume = port.count(VOLUME_ORDER, countable(steps(from[F.volume]!, lot))) * lot
  to[F.volume] = volume
  const worth = Math.round((volume * last) / WORTH_SCALE)
  const step = Math.max(1, Math.floor((unit * lot) / WORTH_SCALE))
  const turnover = worth + port.signed(WORTH_ORDER, steps(from[F.turnover]! - worth, step)) * step
  to[F.turnover] = Math.abs(turnover) <= MAX_VALUE ? turnover : 0
  to[F.vwap] = averageOf(to)
}

/** Writes or reads the time of a high or low. If the last or the first trade has its price, that time is predicted. */
function portExtreme(port: BitPort, price: number, at: DayMicros, to: Float64Array, time: DayMicros): number {
  const lastSecond = to[F.volumeTime]!
  if (price === to[F.last] && port.flag(at === lastSecond)) return lastSecond
  const openTime = to[F.openTime]!
  if (price === to[F.open] && port.flag(at === openTime)) return openTime
  return portSecond(port, at, time)
}

/** Writes or reads a time that is not after `time`. */
function portTime(port: BitPort, at: DayMicros, time: DayMicros): number {
  if (port.flag(at === time)) return time
  const before = countable(time - at)
  const whole = port.count(FRACTION_ORDER, Math.floor(before / FRACTION_SIZE))
  return time - whole * FRACTION_SIZE - port.bits(FRACTION_BITS, before % FRACTION_SIZE)
}

/** Writes or reads a time in whole seconds that is not after `time`. */
function portSecond(port: BitPort, at: DayMicros, time: DayMicros): number {
  const now = secondOf(time)
  return now - port.count(SECONDS_ORDER, countable(steps(now - at, SECOND))) * SECOND
}

/** Returns a number that a count can hold, else 0. An exception then corrects the 0. */
function countable(value: number): number {
  return Number.isInteger(value) && value >= 0 && value <= MAX_VALUE ? value : 0
}

/** Returns a distance in steps; 0 if it is not a whole number of steps. */
function steps(distance: number, step: number): number {
  return Math.abs(distance) <= MAX_VALUE && isMultiple(distance, step) ? distance / step : 0
}
