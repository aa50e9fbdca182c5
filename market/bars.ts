/** Bars: of a trade, one-minute bars from ticks, and longer bars from one-minute bars. */
import { barStart } from './bar-times.ts'
import { F, fieldOf } from './board.ts'
import type { Hours } from './calendar/hours.ts'
import { isoTime, momentFromIso, timeOfDay } from './moment.ts'
import type { Tick } from './tick.ts'
import { tradeTurnover, turnoverSince } from './trade.ts'
import {
  type DayMicros,
  type FeedPrice,
  type Micros,
  priceToYen,
  type Sen,
  senToYen,
  type TradingDate,
  type Yen,
  yenToPrice,
  yenToSen,
} from './units.ts'

/** A bar in the feed's units. */
export interface Bar {
  /** Start of the bar, µs since midnight in Tokyo. */
  readonly time: DayMicros
  readonly open: FeedPrice
  readonly high: FeedPrice
  readonly low: FeedPrice
  readonly close: FeedPrice
  /** Shares. */
  readonly volume: number
  /** The turnover of the bar's trades. Absent if that of one of them is unknown. */
  readonly turnover?: Sen
  /** Set if messages of the bar were lost for good. Its prices may be incomplete; volume and turnover are complete. */
  readonly lost?: true
}

/** A bar as the REST API returns it: prices and turnover in yen. */
export interface BarJson {
  /** Start of the bar, ISO 8601. */
  readonly time: string
  /** Price of the first trade (始値). */
  readonly open: Yen
  /** Highest price (高値). */
  readonly high: Yen
  /** Lowest price (安値). */
  readonly low: Yen
  /** Price of the last trade (終値). */
  readonly close: Yen
  /** Shares. */
  readonly volume: number
  /** The turnover of the bar's trades. Absent if that of one of them is unknown. */
  readonly turnover?: Yen
  /** Set if messages of the bar were lost for good. Its prices may be incomplete; volume and turnover are complete. */
  readonly lost?: true
}

/** A trade as bars count it. */
export interface CountedTrade {
  readonly price: FeedPrice
  readonly quantity: number
  /** Undefined if unknown. */
  readonly turnover: Sen | undefined
  /** Whether messages directly before the trade were lost for good. */
  readonly lost: boolean
}

/**
 * Builds the one-minute bars of an issue. A minute without a trade has no bar. A bar has the volume and the turnover of its
 * trades, so that an app which gets each trade builds the same bar.
 * @param hours the hours of the trading date.
 * @param ticks the ticks of one trading date, in order. If they start after the day's first tick, start with the
 * tick before the first bar you need: it has the totals before that bar. Its own bar may be incomplete.
 */
export async function minuteBarsOf(hours: Hours, ticks: AsyncIterable<Tick>): Promise<Bar[]> {
  const bars: Bar[] = []
  let before: Tick | undefined
  for await (const tick of ticks) {
    const trade = countedTrade(tick, before)
    before = tick
    if (trade !== undefined) appendBar(bars, barOfTrade(barStart(hours, tick.time), trade))
  }
  return bars
}

/** Returns what bars count of a tick. Lost trades are one trade at the board's last price, together with the tick's own. */
function countedTrade(tick: Tick, before: Tick | undefined): CountedTrade | undefined {
  const { trade, board } = tick
  if (!tick.lost) return trade && { ...trade, turnover: tradeTurnover(tick, before), lost: false }
  const price = fieldOf(board, F.last)
  const quantity = (trade?.quantity ?? 0) + lostQuantity(tick, before)
  if (quantity === 0 || price === undefined) return undefined
  return { price, quantity, turnover: turnoverSince(tick, before), lost: true }
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

/** Returns the bar of a single trade. @param time start of the bar. */
export function barOfTrade(time: DayMicros, { price, quantity, turnover, lost }: CountedTrade): Bar {
  const prices = { open: price, high: price, low: price, close: price }
  return { time, ...prices, volume: quantity, ...optionalMembers(turnover, lost) }
}

/** Joins the one-minute bars of a trading date with `hours` to bars of `length` (µs). */
export function joinMinutes(hours: Hours, minutes: readonly Bar[], length: Micros): Bar[] {
  const bars: Bar[] = []
  for (const minute of minutes) {
    const time = barStart(hours, minute.time, length)
    appendBar(bars, { ...minute, time })
  }
  return bars
}

/** Adds a bar to the bars before it; joins it with the last of them if both start at the same time. */
export function appendBar(bars: Bar[], bar: Bar): void {
  const last = bars.at(-1)
  if (last?.time === bar.time) bars[bars.length - 1] = joinBars(last, bar)
  else bars.push(bar)
}

/** Returns a bar with what came after it. The bar keeps its start. */
export function joinBars(bar: Bar, next: Bar): Bar {
  const isKnown = bar.turnover !== undefined && next.turnover !== undefined
  return {
    time: bar.time,
    open: bar.open,
    high: Math.max(bar.high, next.high),
    low: Math.min(bar.low, next.low),
    close: next.close,
    volume: bar.volume + next.volume,
    ...optionalMembers(isKnown ? bar.turnover + next.turnover : undefined, bar.lost || next.lost),
  }
}

function optionalMembers(
  turnover: Sen | undefined,
  lost: boolean | undefined,
): Pick<Bar, 'turnover' | 'lost'> {
  return { ...(turnover === undefined ? {} : { turnover }), ...(lost ? { lost: true } : {}) }
}

/** Returns the bar of a JSON bar. Its date is left out. */
export function barFromJson({ time, open, high, low, close, volume, turnover, lost }: BarJson): Bar {
  const moment = momentFromIso(time)
  if (moment === undefined) throw new RangeError(`expected a bar with an ISO 8601 time, got "${time}"`)
  return {
    time: timeOfDay(moment),
    open: yenToPrice(open),
    high: yenToPrice(high),
    low: yenToPrice(low),
    close: yenToPrice(close),
    volume,
    ...optionalMembers(turnover === undefined ? undefined : yenToSen(turnover), lost),
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
