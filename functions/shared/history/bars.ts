/** One-minute bars from ticks. */
import { F, fieldOf, PRICE_SCALE, TURNOVER_SCALE } from '../../../market/board.ts'
import { hoursOf, type Session } from '../../../market/calendar.ts'
import { isoTime } from '../../../market/clock.ts'
import type { Tick, Trade } from '../../../market/tick.ts'

export interface BarJson {
  /** Start of the minute. */
  readonly time: string
  /** Yen. */
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  /** Shares. */
  readonly volume: number
  /** Yen; absent where the turnover before the bar is not known. */
  readonly turnover?: number
  /** Messages of the minute are lost for good: there may have been other prices. Volume and turnover have it all. */
  readonly lost?: true
}

const MINUTE = 60_000_000

interface OpenBar {
  readonly minute: number
  readonly open: number
  high: number
  low: number
  close: number
  volume: number
  /** Cumulative turnover before the bar, and at its last tick; 10⁻² yen. */
  readonly turnoverBefore: number | undefined
  turnover: number | undefined
  lost: boolean
}

/**
 * The bar (start of its minute, µs of day) that a trade at `time` belongs to. A session's opening auction falls in
 * its first bar and its closing auction, at the stroke of the end or just after, in its last: no bar crosses a border.
 */
export function barMinute(date: number, time: number): number {
  const { morning, afternoon } = hoursOf(date)
  const session: Session = time < afternoon.start ? morning : afternoon
  const minute = time - (time % MINUTE)
  return Math.max(session.start, Math.min(minute, session.end - MINUTE))
}

/** The bars of one issue's ticks, which come in order and are of one trading date. A minute without a trade has no bar. */
export async function barsOf(ticks: AsyncIterable<Tick>): Promise<BarJson[]> {
  const bars: BarJson[] = []
  let date = 0
  let bar: OpenBar | undefined
  let turnover: number | undefined
  let volume: number | undefined
  for await (const tick of ticks) {
    date = tick.tradingDate
    const before = turnover
    turnover = fieldOf(tick.board, F.turnover) ?? turnover
    const trade = tick.trade ?? lostTrades(tick, volume)
    volume = fieldOf(tick.board, F.volume) ?? volume
    const minute = barMinute(date, tick.time)
    if (trade === undefined) {
      if (bar?.minute === minute) bar.turnover = turnover
      continue
    }
    if (bar?.minute !== minute) {
      if (bar !== undefined) bars.push(barToJson(date, bar))
      bar = {
        minute,
        open: trade.price,
        high: trade.price,
        low: trade.price,
        close: trade.price,
        volume: 0,
        // The first trade of the day: before it there was none.
        turnoverBefore: before ?? (fieldOf(tick.board, F.volume) === trade.quantity ? 0 : undefined),
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
  if (bar !== undefined) bars.push(barToJson(date, bar))
  return bars
}

/** What was traded in messages that are lost, as one trade at the last price: all that the board still tells of it. */
function lostTrades({ board, lost }: Tick, volumeBefore: number | undefined): Trade | undefined {
  const price = fieldOf(board, F.last)
  if (!lost || volumeBefore === undefined || price === undefined) return undefined
  const quantity = (fieldOf(board, F.volume) ?? volumeBefore) - volumeBefore
  return quantity > 0 ? { price, quantity } : undefined
}

function barToJson(date: number, bar: OpenBar): BarJson {
  const { turnoverBefore, turnover } = bar
  return {
    time: isoTime(date, bar.minute),
    open: bar.open / PRICE_SCALE,
    high: bar.high / PRICE_SCALE,
    low: bar.low / PRICE_SCALE,
    close: bar.close / PRICE_SCALE,
    volume: bar.volume,
    ...(turnover === undefined || turnoverBefore === undefined
      ? {}
      : { turnover: (turnover - turnoverBefore) / TURNOVER_SCALE }),
    ...(bar.lost ? { lost: true } : {}),
  }
}
