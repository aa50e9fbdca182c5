/** Computes the answers that the price routes must give, in the simplest way, from the exchange's ticks. */

import { boardToJson } from '../../market/board-to-json.ts'
import { RULES } from '../../market/calendar/calendar.ts'
import { isoDate, isoTime } from '../../market/moment.ts'
import type { Tick, Trade } from '../../market/tick.ts'
import { PRICE_SCALE, type TradingDate } from '../../market/units.ts'
import { trueTrade } from '../market/trade-truth.ts'

/** The expected answers for one issue. Times are µs of day. */
export class PriceTruth {
  readonly #ticks: readonly Tick[]

  constructor(ticks: readonly Tick[], issue: string) {
    this.#ticks = ticks.filter(({ board }) => board.issue === issue)
  }

  upTo(date: TradingDate, until: number): readonly Tick[] {
    return this.#ticks.filter(({ tradingDate, time }) => tradingDate === date && time <= until)
  }

  board(date: TradingDate, until: number) {
    const last = this.upTo(date, until).at(-1)
    return last === undefined ? null : boardToJson(last)
  }

  ticks(date: TradingDate, from: number, until: number) {
    return this.upTo(date, until).flatMap((tick, index, all) => {
      if (tick.time < from) return []
      const trade = trueTrade(tick, all[index - 1])
      return { ...boardToJson(tick), ...(trade && { trade }) }
    })
  }

  trades(date: TradingDate, from: number, until: number) {
    return this.ticks(date, from, until).flatMap(({ trade }) => trade ?? [])
  }

  /** Returns bars of `minutes` that end after `from`. */
  bars(date: TradingDate, from: number, until: number, minutes: number) {
    const { morning, afternoon } = RULES.hoursOf(date)
    const slots: { start: number; end: number; first: number; last: number }[] = []
    for (const [session, first, last] of [
      [morning, 0, afternoon.start - 1],
      [afternoon, afternoon.start, Infinity],
    ] as const) {
      for (let start = session.start; start < session.end; start += minutes * 60_000_000) {
        const end = Math.min(start + minutes * 60_000_000, session.end)
        slots.push({
          start,
          end,
          first: start === session.start ? first : start,
          last: end === session.end ? last : end - 1,
        })
      }
    }
    const known = this.upTo(date, until)
    return slots
      .filter(({ end }) => end > from)
      .flatMap(({ start, first, last }) => {
        const trades = known.flatMap(({ time, trade }) =>
          trade !== undefined && time >= first && time <= last ? [trade] : [],
        )
        return trades.length === 0 ? [] : [{ time: isoTime(date, start), ...barOf(trades) }]
      })
  }

  dayBar(date: TradingDate, until: number) {
    const trades = this.upTo(date, until).flatMap(({ trade }) => trade ?? [])
    return trades.length === 0 ? [] : [{ date: isoDate(date), ...barOf(trades) }]
  }

  /** Returns open, high, low and close of a day in yen. */
  prices(date: TradingDate, until: number) {
    const [bar] = this.dayBar(date, until)
    return bar === undefined ? undefined : [bar.open, bar.high, bar.low, bar.close]
  }
}

function barOf(trades: readonly Trade[]) {
  const prices = trades.map(({ price }) => price / PRICE_SCALE)
  return {
    open: prices[0]!,
    high: Math.max(...prices),
    low: Math.min(...prices),
    close: prices.at(-1)!,
    volume: trades.reduce((sum, { quantity }) => sum + quantity, 0),
    turnover: trades.reduce((sum, { price, quantity }) => sum + (price / PRICE_SCALE) * quantity, 0),
  }
}
