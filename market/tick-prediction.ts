/**
 * What a tick most likely says, from what both ends of the codec know. Every field may look at the tick before and at
 * the fields of its own tick that come before it in the board.
 */
import { ABSENT, ASKS, BIDS, F, FIELD_COUNT, PRICE_SCALE, TIME_FIELDS, TURNOVER_SCALE } from './board.ts'
import { MAX_MAGNITUDE } from './bytes.ts'

/** Fields that are times: their distance is taken from the tick's own time. */
const IS_TIME = new Uint8Array(FIELD_COUNT)
for (const field of TIME_FIELDS) IS_TIME[field] = 1

/** What a field most likely holds now. May look at fields of `after` below `field` only. */
export function predict(field: number, before: Float64Array, after: Float64Array, time: number): number {
  const value = before[field]!
  if (value === ABSENT) return ABSENT
  switch (field) {
    case F.updateNumber:
      return value + 1
    case F.statusTime:
      return time
    case F.volumeTime:
      // To the second, unlike the tick's own time.
      return growthOfVolume(before, after) > 0 ? time - (time % 1_000_000) : value
    case F.turnover: {
      // Shares that changed hands at the last price, in the scale of turnover.
      const growth = growthOfVolume(before, after)
      if (growth <= 0) return value
      return within(value + Math.round((growth * after[F.last]!) / (PRICE_SCALE / TURNOVER_SCALE)), value)
    }
    case F.vwap: {
      if (growthOfVolume(before, after) <= 0) return value
      return within(
        Math.floor((after[F.turnover]! * (PRICE_SCALE / TURNOVER_SCALE)) / after[F.volume]!),
        value,
      )
    }
    default:
      return value
  }
}

/** What a written field's distance is counted from. May look at fields of `after` below `field` only. */
export function anchor(field: number, before: Float64Array, after: Float64Array, time: number): number {
  if (IS_TIME[field]) return time
  const predicted = predict(field, before, after, time)
  if (predicted !== ABSENT) return predicted
  // A price seen for the first time is near one already written: the level above it, or the last price.
  if (field === F.high || field === F.low || field === F.last || field === F.vwap)
    return known(after[F.open]!)
  if (field === ASKS || field === BIDS) return known(after[F.last]!)
  if (field > ASKS && field !== BIDS && (field - ASKS) % 2 === 0) return known(after[field - 2]!)
  return 0
}

/** A computed prediction, only where it is a number that can stand in a board. */
function within(prediction: number, otherwise: number): number {
  return Math.abs(prediction) <= MAX_MAGNITUDE / 2 ? prediction : otherwise
}

function known(value: number): number {
  return value === ABSENT ? 0 : value
}

/** Shares by which the cumulative volume has grown. */
export function growthOfVolume(before: Float64Array, after: Float64Array): number {
  return known(after[F.volume]!) - known(before[F.volume]!)
}
