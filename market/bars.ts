/** Bars: of one minute from ticks, and longer ones from those. No bar crosses a border of a session. */
import { F, fieldOf, PRICE_SCALE, TURNOVER_SCALE } from './board.ts'
import { hoursOf, type Session } from './calendar.ts'
import { DAY_MICROSECONDS, isoTime } from './moment.ts'
import type { Tick, Trade } from './tick.ts'

/** One bar, in the scales of the feed. */
export interface Bar {
  /** Its start: microseconds since midnight in Tokyo. */
  readonly time: number
  /** 10⁻⁴ yen. */
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  /** Shares. */
  readonly volume: number
  /** 10⁻² yen; absent where the turnover before the bar is not known. */
  readonly turnover?: number
  /** Messages of the bar are lost for good: there may have been other prices. Volume and turnover have it all. */
  readonly lost?: true
}

/** As the REST API tells it. */
export interface BarJson {
  readonly time: string
  /** Yen. */
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  readonly volume: number
  /** Yen. */
  readonly turnover?: number
  readonly lost?: true
}

export const MINUTE = 60_000_000

/** The lengths (µs) of bars within a day. */
export const INTERVALS = { '1m': MINUTE, '5m': 5 * MINUTE, '15m': 15 * MINUTE, '1h': 60 * MINUTE } as const
export type Interval = keyof typeof INTERVALS

type OpenBar = {
  -readonly [K in Exclude<keyof Bar, 'turnover' | 'lost'>]: Bar[K]
} & {
  /** Cumulative turnover before the bar, and at its last tick. */
  readonly turnoverBefore: number | undefined
  turnover: number | undefined
  lost: boolean
}

/**
 * The start (µs of day) of the bar of `length` that a trade at `time` belongs to. Bars count from the start of their
 * session. A session's opening auction falls in its first bar and its closing auction, at the stroke of the end or
 * just after, in its last.
 */
export function barStart(date: number, time: number, length: number = MINUTE): number {
  const { start, end } = sessionOf(date, time)
  const within = Math.max(start, Math.min(time, end - 1))
  return within - ((within - start) % length)
}

/** Where the bar of `length` that starts at `start` ends: where the next one starts, or with its session. */
export function barEnd(date: number, start: number, length: number): number {
  return Math.min(start + length, sessionOf(date, start).end)
}

/** The first time (µs of day) whose trades belong to the bar that starts at `start`. */
export function barReach(date: number, start: number): number {
  return start === hoursOf(date).morning.start ? 0 : start
}

/** The last time (µs of day) whose trades belong to the bar of `length` that starts at `start`. */
export function barLast(date: number, start: number, length: number): number {
  const { morning, afternoon } = hoursOf(date)
  const end = barEnd(date, start, length)
  return end === morning.end ? afternoon.start - 1 : end === afternoon.end ? DAY_MICROSECONDS - 1 : end - 1
}

function sessionOf(date: number, time: number): Session {
  const { morning, afternoon } = hoursOf(date)
  return time < afternoon.start ? morning : afternoon
}

/**
 * The one-minute bars of one issue's ticks, which come in order and are of one trading date. A minute without a trade
 * has no bar. Where the ticks do not begin with the day, the first one should be that before the first bar wanted: it
 * tells the turnover before, and may make a bar that is not whole.
 */
export async function minuteBarsOf(ticks: AsyncIterable<Tick>): Promise<Bar[]> {
  const bars: Bar[] = []
  let bar: OpenBar | undefined
  let turnover: number | undefined
  let before: Tick | undefined
  for await (const tick of ticks) {
    const turnoverBefore = turnover
    turnover = fieldOf(tick.board, F.turnover) ?? turnover
    const trade = tick.lost ? allTraded(tick, before) : tick.trade
    before = tick
    const time = barStart(tick.tradingDate, tick.time)
    if (trade === undefined) {
      if (bar?.time === time) bar.turnover = turnover
      continue
    }
    if (bar?.time !== time) {
      if (bar !== undefined) bars.push(closed(bar))
      const { price } = trade
      bar = {
        time,
        open: price,
        high: price,
        low: price,
        close: price,
        volume: 0,
        // The first trade of the day: before it there was none.
        turnoverBefore: turnoverBefore ?? (fieldOf(tick.board, F.volume) === trade.quantity ? 0 : undefined),
        turnover,
        lost: false,
      }
    }
    if (tick.lost) bar.lost = true
    bar.high = Math.max(bar.high, trade.price)
    bar.low = Math.min(bar.low, trade.price)
    bar.close = trade.price
    bar.volume += trade.quantity
    bar.turnover = turnover
  }
  if (bar !== undefined) bars.push(closed(bar))
  return bars
}

/**
 * What was traded up to a tick before which messages are lost, its own trade with them, as one trade at the last
 * price: all that the board still tells of it.
 */
function allTraded(tick: Tick, before: Tick | undefined): Trade | undefined {
  const price = fieldOf(tick.board, F.last)
  const quantity = (tick.trade?.quantity ?? 0) + lostQuantity(tick, before)
  return quantity > 0 && price !== undefined ? { price, quantity } : undefined
}

/**
 * Shares traded in the messages that are lost before a tick, as far as the boards tell.
 * @param before none for the first tick of the day, before which all is lost.
 */
export function lostQuantity(tick: Tick, before: Tick | undefined): number {
  const later = fieldOf(tick.board, F.volume)
  if (!tick.lost || later === undefined) return 0
  const earlier = before && fieldOf(before.board, F.volume)
  return Math.max(0, later - (earlier ?? 0) - (tick.trade?.quantity ?? 0))
}

function closed({ turnoverBefore, turnover, lost, ...bar }: OpenBar): Bar {
  return {
    ...bar,
    ...(turnover === undefined || turnoverBefore === undefined
      ? {}
      : { turnover: turnover - turnoverBefore }),
    ...(lost ? { lost: true } : {}),
  }
}

/** Bars of `length` (µs) from the one-minute bars of a trading date. */
export function coarsen(date: number, minutes: readonly Bar[], length: number): Bar[] {
  const bars: Bar[] = []
  for (const minute of minutes) {
    const time = barStart(date, minute.time, length)
    const last = bars.at(-1)
    if (last?.time === time) bars[bars.length - 1] = joined(last, minute)
    else bars.push({ ...minute, time })
  }
  return bars
}

function joined(bar: Bar, next: Bar): Bar {
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

export function barToJson(date: number, bar: Bar): BarJson {
  return {
    time: isoTime(date, bar.time),
    open: bar.open / PRICE_SCALE,
    high: bar.high / PRICE_SCALE,
    low: bar.low / PRICE_SCALE,
    close: bar.close / PRICE_SCALE,
    volume: bar.volume,
    ...(bar.turnover === undefined ? {} : { turnover: bar.turnover / TURNOVER_SCALE }),
    ...(bar.lost ? { lost: true } : {}),
  }
}
