/** The record of an issue's day: its prices, its minute bars and its last tick, computed from the day's ticks. */
import { type Bar, minuteBarsOf } from './bars.ts'
import type { Hours } from './calendar/hours.ts'
import { type DayPrices, dayPricesOf, morningEnd } from './day-prices.ts'
import type { Tick, TickPlace } from './tick.ts'
import type { TradingDate } from './units.ts'

/** One trading date of an issue, without its minute bars. */
export interface Day {
  readonly issue: string
  readonly date: TradingDate
  readonly prices: DayPrices
  /** The place of the day's last tick. */
  readonly last: TickPlace
  /** Number of ticks. */
  readonly count: number
  /** Whether messages of the day were lost for good. */
  readonly lost: boolean
  /** Whether the day is over: no tick can follow the last one. */
  readonly final: boolean
}

export interface DayRecord extends Day {
  readonly minutes: readonly Bar[]
}

/**
 * Computes the record of a day in one pass over its ticks.
 * @param hours the hours of the trading date.
 * @param ticks all ticks of one issue and trading date, in order.
 * @param final stored in the record: whether the exchange can send no further tick of the day.
 * @returns undefined if there is no tick.
 */
export async function dayRecordOf(
  hours: Hours,
  ticks: AsyncIterable<Tick>,
  final: boolean,
): Promise<DayRecord | undefined> {
  const noon = morningEnd(hours)
  let count = 0
  let lost = false
  let last: Tick | undefined
  let lastOfMorning: Tick | undefined
  async function* countedTicks(): AsyncGenerator<Tick> {
    for await (const tick of ticks) {
      count++
      if (tick.lost) lost = true
      if (tick.time <= noon) lastOfMorning = tick
      last = tick
      yield tick
    }
  }
  const minutes = await minuteBarsOf(hours, countedTicks())
  if (last === undefined) return undefined
  const { board, tradingDate, time, sequence } = last as Tick
  return {
    issue: board.issue,
    date: tradingDate,
    prices: dayPricesOf(last, lastOfMorning),
    last: { time, sequence },
    count,
    lost,
    final,
    minutes,
  }
}
