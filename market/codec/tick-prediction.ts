/** The prediction of a tick's board from the state that writer and reader share. Only wrong predictions are written. */
import { ABSENT, ASKS, type BIDS, F, MAX_VALUE, orZero } from '../board.ts'
import { type DayMicros, PRICE_SCALE, TURNOVER_SCALE } from '../units.ts'

/** Divides price × shares to give sen. */
export const WORTH_SCALE = PRICE_SCALE / TURNOVER_SCALE
const SECOND = 1_000_000

/** Returns a time without its fraction of a second. The exchange sends most times in whole seconds. */
export function secondOf(time: DayMicros): DayMicros {
  return time - (time % SECOND)
}

/** Predicts the effect of every message: the update number rises by 1, and the status has the time of the message. */
export function predictMessage(values: Float64Array, time: DayMicros): void {
  if (values[F.updateNumber] !== ABSENT) values[F.updateNumber]!++
  if (values[F.statusTime] !== ABSENT) values[F.statusTime] = time
}

/** Predicts the effect of a trade on the board before it, `values`. */
export function predictTrade(values: Float64Array, quantity: number, price: number, time: DayMicros): void {
  values[F.last] = price
  values[F.lastTime] = time
  values[F.volume] = orZero(values[F.volume]!) + quantity
  values[F.volumeTime] = secondOf(time)
  values[F.turnover] = limited(orZero(values[F.turnover]!) + Math.round((quantity * price) / WORTH_SCALE))
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

/** Returns the day's average price (VWAP) from volume and turnover. */
export function averageOf(values: Float64Array): number {
  const volume = values[F.volume]!
  return volume > 0 ? limited(Math.round((values[F.turnover]! * WORTH_SCALE) / volume)) : ABSENT
}

/** Predicts time and sign of a best quote: a changed quote has the tick's time, a side without levels has neither. */
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

/** The sign of a quote in continuous trading (一般気配, general quote). */
export const GENERAL_SIGN = 1

/** Returns a prediction, 0 if it is too large for a board. Adding 0 turns −0 into 0. */
function limited(prediction: number): number {
  return Math.abs(prediction) <= MAX_VALUE ? prediction + 0 : 0
}
