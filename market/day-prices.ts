/**
 * The four prices of a day (四本値: open, high, low, last), with volume, turnover and VWAP.
 *
 * During the day the exchange sends open, high and low of the current session. Ten minutes after the close it sends
 * those of the whole day (JPX service desk, FLEX Standard, 7214 and 19578). So the day's prices combine the last board
 * of the morning with the latest board. A feed that sends prices of the whole day all along gives the same result.
 */
import { type Board, F, type FieldIndex, fieldOf, type PriceField, type TimeField } from './board.ts'
import type { PricePointJson } from './board-json.ts'
import type { Hours } from './calendar/hours.ts'
import { DAY_MICROSECONDS, isoTime } from './moment.ts'
import type { Tick } from './tick.ts'
import {
  type DayMicros,
  type FeedPrice,
  priceToYen,
  type Sen,
  senToYen,
  type TradingDate,
  type Yen,
} from './units.ts'
import { withoutUndefined } from './without-undefined.ts'

export interface PricePoint {
  readonly price: FeedPrice
  readonly time?: DayMicros
  /** Set if the price is at the day's limit. */
  readonly limit?: true
}

/** The prices and totals of a day, in any units. Before the first trade there is no price. */
interface DayPricesOf<Point, Turnover, Price> {
  readonly open?: Point
  readonly high?: Point
  readonly low?: Point
  /** `closing` is set if this is the closing price. */
  readonly last?: Point & { readonly closing?: true }
  /** Shares. */
  readonly volume?: number
  readonly turnover?: Turnover
  readonly vwap?: Price
}

/** The day in the feed's units: prices in 10⁻⁴ yen, turnover in 10⁻² yen. */
export type DayPrices = DayPricesOf<PricePoint, Sen, FeedPrice>

/** The day as the REST API returns it: prices and turnover in yen. */
export type DayPricesJson = DayPricesOf<PricePointJson, Yen, Yen>

/** Returns the last microsecond of a date's morning. The noon break, and all of a date without an afternoon, count as morning. */
export function morningEnd({ afternoon }: Hours): DayMicros {
  return afternoon.start === afternoon.end ? DAY_MICROSECONDS - 1 : afternoon.start - 1
}

/**
 * Returns the prices of a day up to a tick.
 * @param morning the day's last tick at or before {@link morningEnd}; not needed if `tick` is of the morning itself.
 */
export function dayPricesOf(tick: Pick<Tick, 'board'>, morning: Pick<Tick, 'board'> | undefined): DayPrices {
  const { board } = tick
  const volume = fieldOf(board, F.volume)
  // Before the first trade a board may still have the prices of the day before.
  if (volume === undefined || volume === 0) return volume === undefined ? {} : { volume }
  const earlier =
    morning !== undefined && (fieldOf(morning.board, F.volume) ?? 0) > 0 ? morning.board : undefined
  const open = earlier && pointOf(earlier, F.open, F.openTime)
  return withoutUndefined({
    open: open ?? pointOf(board, F.open, F.openTime),
    high: extremeOf(earlier, board, F.high, F.highTime, F.highStop, (a, b) => a >= b),
    low: extremeOf(earlier, board, F.low, F.lowTime, F.lowStop, (a, b) => a <= b),
    last: lastOf(board),
    volume,
    turnover: fieldOf(board, F.turnover),
    vwap: fieldOf(board, F.vwap),
  })
}

function pointOf(
  board: Board,
  price: PriceField,
  time: TimeField,
  stop?: FieldIndex,
): PricePoint | undefined {
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

/** Returns the more extreme point of two boards; on a tie, the earlier point. */
function extremeOf(
  earlier: Board | undefined,
  later: Board,
  price: PriceField,
  time: TimeField,
  stop: FieldIndex,
  isAtLeastAsExtreme: (a: FeedPrice, b: FeedPrice) => boolean,
): PricePoint | undefined {
  const a = earlier && pointOf(earlier, price, time, stop)
  const b = pointOf(later, price, time, stop)
  if (a === undefined || b === undefined) return a ?? b
  return isAtLeastAsExtreme(a.price, b.price) ? a : b
}

export function dayPricesToJson(date: TradingDate, prices: DayPrices): DayPricesJson {
  const point = (at: PricePoint | undefined): PricePointJson | undefined =>
    at &&
    ({
      ...at,
      price: priceToYen(at.price),
      ...(at.time === undefined ? {} : { time: isoTime(date, at.time) }),
    } as PricePointJson)
  const { open, high, low, last, volume, turnover, vwap } = prices
  return withoutUndefined({
    open: point(open),
    high: point(high),
    low: point(low),
    last: point(last),
    volume,
    turnover: turnover === undefined ? undefined : senToYen(turnover),
    vwap: vwap === undefined ? undefined : priceToYen(vwap),
  })
}
