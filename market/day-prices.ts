/**
 * The four prices (四本値) of a day, with its totals.
 *
 * In the exchange's messages open, high, low are those of the session, until ten minutes after the close a message
 * brings those of the whole day (JPX service desk, FLEX Standard, 7214 and 19578). So what the last board of the
 * morning said is joined with the board of now; a feed that tells the whole day all along gives the same.
 */
import { type Board, F, fieldOf, PRICE_SCALE, TURNOVER_SCALE } from './board.ts'
import type { PricePointJson } from './board-json.ts'
import { hoursOf } from './calendar.ts'
import { isoTime } from './moment.ts'
import type { Tick } from './tick.ts'

export interface PricePoint {
  /** 10⁻⁴ yen. */
  readonly price: number
  /** Microseconds since midnight. */
  readonly time?: number
  /** At the day's limit. */
  readonly limit?: true
}

/** What is known of a day; no price before its first trade. */
export interface DayPrices {
  readonly open?: PricePoint
  readonly high?: PricePoint
  readonly low?: PricePoint
  readonly last?: PricePoint & { readonly closing?: true }
  /** Shares. */
  readonly volume?: number
  /** 10⁻² yen. */
  readonly turnover?: number
  /** 10⁻⁴ yen. */
  readonly vwap?: number
}

export interface DayPricesJson {
  readonly open?: PricePointJson
  readonly high?: PricePointJson
  readonly low?: PricePointJson
  readonly last?: PricePointJson & { readonly closing?: true }
  readonly volume?: number
  readonly turnover?: number
  readonly vwap?: number
}

/** The last microsecond of a date whose ticks are of the morning: what comes before the afternoon's auction is. */
export function morningEnd(date: number): number {
  return hoursOf(date).afternoon.start - 1
}

/** @param morning the last tick at or before {@link morningEnd}, where `tick` is later. */
export function dayPricesOf(tick: Tick, morning: Tick | undefined): DayPrices {
  const { board } = tick
  const volume = fieldOf(board, F.volume)
  // A board may still hold prices of the day before.
  if (volume === undefined || volume === 0) return volume === undefined ? {} : { volume }
  const earlier =
    morning !== undefined && (fieldOf(morning.board, F.volume) ?? 0) > 0 ? morning.board : undefined
  const open = earlier && pointOf(earlier, F.open, F.openTime)
  return present({
    open: open ?? pointOf(board, F.open, F.openTime),
    high: further(earlier, board, F.high, F.highTime, F.highStop, (a, b) => a >= b),
    low: further(earlier, board, F.low, F.lowTime, F.lowStop, (a, b) => a <= b),
    last: lastOf(board),
    volume,
    turnover: fieldOf(board, F.turnover),
    vwap: fieldOf(board, F.vwap),
  })
}

function pointOf(board: Board, price: number, time: number, stop?: number): PricePoint | undefined {
  const value = fieldOf(board, price)
  if (value === undefined) return undefined
  const at = fieldOf(board, time)
  return {
    price: value,
    ...(at === undefined ? {} : { time: at }),
    ...(stop !== undefined && fieldOf(board, stop) === 1 ? { limit: true } : {}),
  }
}

function lastOf(board: Board): DayPrices['last'] {
  const point = pointOf(board, F.last, F.lastTime)
  return point && { ...point, ...(fieldOf(board, F.closing) === 1 ? { closing: true } : {}) }
}

/** Of two points the one further out, the earlier one where they are the same. */
function further(
  earlier: Board | undefined,
  later: Board,
  price: number,
  time: number,
  stop: number,
  isFurther: (a: number, b: number) => boolean,
): PricePoint | undefined {
  const a = earlier && pointOf(earlier, price, time, stop)
  const b = pointOf(later, price, time, stop)
  if (a === undefined || b === undefined) return a ?? b
  return isFurther(a.price, b.price) ? a : b
}

/** Without members that have no value. */
function present<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}

export function dayPricesToJson(date: number, prices: DayPrices): DayPricesJson {
  const point = (at: PricePoint | undefined): PricePointJson | undefined =>
    at &&
    ({
      ...at,
      price: at.price / PRICE_SCALE,
      ...(at.time === undefined ? {} : { time: isoTime(date, at.time) }),
    } as PricePointJson)
  const { open, high, low, last, volume, turnover, vwap } = prices
  return present({
    open: point(open),
    high: point(high),
    low: point(low),
    last: point(last),
    volume,
    turnover: turnover === undefined ? undefined : turnover / TURNOVER_SCALE,
    vwap: vwap === undefined ? undefined : vwap / PRICE_SCALE,
  })
}
