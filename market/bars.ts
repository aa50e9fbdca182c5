/** Bars: one-minute bars from ticks, and longer bars from one-minute bars. */
import { barStart } from './bar-times.ts'
import { F, fieldOf } from './board.ts'
import type { Hours } from './calendar/hours.ts'
import { isoTime } from './moment.ts'
import type { Tick, Trade } from './tick.ts'
import {
  type DayMicros,
  type FeedPrice,
  type Micros,
  priceToYen,
  type Sen,
  senToYen,
  type TradingDate,
  type Yen,
} from './units.ts'

/** The members of a bar, in any units. */
interface BarOf<Time, Price, Turnover> {
  /** Start of the bar. */
  readonly time: Time
  readonly open: Price
  readonly high: Price
  readonly low: Price
  readonly close: Price
  /** Shares. */
  readonly volume: number
  /** Absent if the turnover before the bar is unknown. */
  readonly turnover?: Turnover
  /** Set if messages of the bar were lost for good. Its prices may be incomplete; volume and turnover are complete. */
  readonly lost?: true
}

/** A bar in the feed's units: time in µs since midnight in Tokyo, prices in 10⁻⁴ yen, turnover in 10⁻² yen. */
export type Bar = BarOf<DayMicros, FeedPrice, Sen>

/** A bar as the REST API returns it: time in ISO 8601, prices and turnover in yen. */
export type BarJson = BarOf<string, Yen, Yen>

/** A minute bar that is being built. */
type OpenBar = {
  -readonly [K in Exclude<keyof Bar, 'turnover' | 'lost'>]: Bar[K]
} & {
  /** Cumulative turnover of the day before the bar. */
  readonly turnoverBefore: Sen | undefined
  /** Cumulative turnover of the day at the bar's last tick. */
  turnover: Sen | undefined
  lost: boolean
}

/**
 * Builds the one-minute bars of an issue. A minute without a trade has no bar.
 * @param hours the hours of the trading date.
 * @param ticks the ticks of one trading date, in order. If they start after the day's first tick, start with the
 * tick before the first bar you need: it has the turnover before that bar. Its own bar may be incomplete.
 */
export async function minuteBarsOf(hours: Hours, ticks: AsyncIterable<Tick>): Promise<Bar[]> {
  const bars: Bar[] = []
  let bar: OpenBar | undefined
  let turnover: Sen | undefined
  let before: Tick | undefined
  for await (const tick of ticks) {
    const turnoverBefore = turnover
    turnover = fieldOf(tick.board, F.turnover) ?? turnover
    const trade = tick.lost ? tradeAfterLoss(tick, before) : tick.trade
    before = tick
    const time = barStart(hours, tick.time)
    if (trade === undefined) {
      if (bar?.time === time) bar.turnover = turnover
      continue
    }
    if (bar?.time !== time) {
      if (bar !== undefined) bars.push(closeBar(bar))
      // Before the day's first trade the turnover is 0.
      const isFirstTrade = fieldOf(tick.board, F.volume) === trade.quantity
      bar = openBar(time, trade.price, turnoverBefore ?? (isFirstTrade ? 0 : undefined))
    }
    if (tick.lost) bar.lost = true
    bar.high = Math.max(bar.high, trade.price)
    bar.low = Math.min(bar.low, trade.price)
    bar.close = trade.price
    bar.volume += trade.quantity
    bar.turnover = turnover
  }
  if (bar !== undefined) bars.push(closeBar(bar))
  return bars
}

/** Returns one trade for a tick after lost messages: everything traded since `before`, at the board's last price. */
function tradeAfterLoss(tick: Tick, before: Tick | undefined): Trade | undefined {
  const price = fieldOf(tick.board, F.last)
  const quantity = (tick.trade?.quantity ?? 0) + lostQuantity(tick, before)
  return quantity > 0 && price !== undefined ? { price, quantity } : undefined
}

/**
 * Returns the shares traded in the messages that were lost before a tick, computed from the volumes of the two boards.
 * @param before the previous tick; undefined for the first tick of the day, before which all messages count as lost.
 */
export function lostQuantity(tick: Tick, before: Tick | undefined): number {
  const volume = fieldOf(tick.board, F.volume)
  if (!tick.lost || volume === undefined) return 0
  const volumeBefore = before && fieldOf(before.board, F.volume)
  return Math.max(0, volume - (volumeBefore ?? 0) - (tick.trade?.quantity ?? 0))
}

function openBar(time: DayMicros, price: FeedPrice, turnoverBefore: Sen | undefined): OpenBar {
  return {
    time,
    open: price,
    high: price,
    low: price,
    close: price,
    volume: 0,
    turnoverBefore,
    turnover: undefined,
    lost: false,
  }
}

function closeBar({ turnoverBefore, turnover, lost, ...bar }: OpenBar): Bar {
  return {
    ...bar,
    ...(turnover === undefined || turnoverBefore === undefined
      ? {}
      : { turnover: turnover - turnoverBefore }),
    ...(lost ? { lost: true } : {}),
  }
}

/** Joins the one-minute bars of a trading date with `hours` to bars of `length` (µs). */
export function joinMinutes(hours: Hours, minutes: readonly Bar[], length: Micros): Bar[] {
  const bars: Bar[] = []
  for (const minute of minutes) {
    const time = barStart(hours, minute.time, length)
    const last = bars.at(-1)
    if (last?.time === time) bars[bars.length - 1] = joinBars(last, minute)
    else bars.push({ ...minute, time })
  }
  return bars
}

function joinBars(bar: Bar, next: Bar): Bar {
  const { turnover: _, ...rest } = bar
  return {
    ...rest,
    high: Math.max(bar.high, next.high),
    low: Math.min(bar.low, next.low),
    close: next.close,
    volume: bar.volume + next.volume,
    ...(bar.turnover === undefined || next.turnover === undefined
      ? {}
      : { turnover: bar.turnover + next.turnover }),
    ...(bar.lost || next.lost ? { lost: true } : {}),
  }
}

export function barToJson(date: TradingDate, bar: Bar): BarJson {
  return {
    time: isoTime(date, bar.time),
    open: priceToYen(bar.open),
    high: priceToYen(bar.high),
    low: priceToYen(bar.low),
    close: priceToYen(bar.close),
    volume: bar.volume,
    ...(bar.turnover === undefined ? {} : { turnover: senToYen(bar.turnover) }),
    ...(bar.lost ? { lost: true } : {}),
  }
}
