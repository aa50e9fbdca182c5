/** A minute bar as it is stored. */
import type { Bar } from '../../market/bars.ts'
import type { DayMicros, FeedPrice, Sen } from '../../market/units.ts'

/** A minute bar as a JSON array, in the units of {@link Bar}. */
export type MinuteRow = [
  time: DayMicros,
  open: FeedPrice,
  high: FeedPrice,
  low: FeedPrice,
  close: FeedPrice,
  volume: number,
  turnover: Sen | null,
  lost: 0 | 1,
]

export function rowOf({ time, open, high, low, close, volume, turnover, lost }: Bar): MinuteRow {
  return [time, open, high, low, close, volume, turnover ?? null, lost ? 1 : 0]
}

export function barOf([time, open, high, low, close, volume, turnover, lost]: MinuteRow): Bar {
  return {
    time,
    open,
    high,
    low,
    close,
    volume,
    ...(turnover === null ? {} : { turnover }),
    ...(lost === 1 ? { lost: true } : {}),
  }
}
