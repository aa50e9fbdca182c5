/**
 * What a tick most likely says, from what both ends of the codec know: only what is otherwise is written.
 */
import { ABSENT, ASKS, type BIDS, F, MAX_VALUE, orZero } from '../board.ts'
import { type DayMicros, PRICE_SCALE, TURNOVER_SCALE } from '../units.ts'

/** Price times shares → the scale of turnover. */
export const WORTH_SCALE = PRICE_SCALE / TURNOVER_SCALE
const SECOND = 1_000_000

/** The whole second of a time, as the exchange gives it for most of them. */
export function secondOf(time: DayMicros): DayMicros {
  return time - (time % SECOND)
}

/** Every message counts its issue's update number on, and stamps the status. */
export function predictMessage(values: Float64Array, time: DayMicros): void {
  if (values[F.updateNumber] !== ABSENT) values[F.updateNumber]!++
  if (values[F.statusTime] !== ABSENT) values[F.statusTime] = time
}

/** What follows from so many shares that changed hands at a price. `values` are those before it. */
export function predictTrade(values: Float64Array, quantity: number, price: number, time: DayMicros): void {
  values[F.last] = price
  values[F.lastTime] = time
  values[F.volume] = orZero(values[F.volume]!) + quantity
  values[F.volumeTime] = secondOf(time)
  values[F.turnover] = within(orZero(values[F.turnover]!) + Math.round((quantity * price) / WORTH_SCALE))
  values[F.vwap] = averageOf(values)
  const second = secondOf(time)
  if (values[F.open] === ABSENT) {
    values[F.open] = price
    values[F.openTime] = second
  }
  if (values[F.high] === ABSENT || price > values[F.high]!) {
    values[F.high] = price
    values[F.highTime] = second
  }
  if (values[F.low] === ABSENT || price < values[F.low]!) {
    values[F.low] = price
    values[F.lowTime] = second
  }
}

/** The average price of the day that volume and turnover give. */
export function averageOf(values: Float64Array): number {
  const volume = values[F.volume]!
  return volume > 0 ? within(Math.round((values[F.turnover]! * WORTH_SCALE) / volume)) : ABSENT
}

/** A best quote that changed has the time of the tick; a side without levels has neither time nor sign. */
export function predictQuote(
  values: Float64Array,
  before: Float64Array,
  side: typeof ASKS | typeof BIDS,
  time: DayMicros,
): void {
  const timeField = side === ASKS ? F.askTime : F.bidTime
  if (values[side] === ABSENT) {
    values[timeField] = ABSENT
    values[timeField + 1] = ABSENT
  } else if (values[side] !== before[side] || values[side + 1] !== before[side + 1]) {
    values[timeField] = time
    if (values[timeField + 1] === ABSENT) values[timeField + 1] = GENERAL_SIGN
  }
}

/** 一般気配, the sign of a quote in continuous trading. */
export const GENERAL_SIGN = 1

/** A computed prediction, only where it is a number that can stand in a board; adding 0 makes 0 of −0. */
function within(prediction: number): number {
  return Math.abs(prediction) <= MAX_VALUE ? prediction + 0 : 0
}
