/** Computes the expected answer of every read from the exchange's ticks, without the code that reads. */

import { F } from '../../../market/board.ts'
import { boardToJson } from '../../../market/board-to-json.ts'
import { RULES } from '../../../market/calendar/calendar.ts'
import { isoDate, isoTime } from '../../../market/moment.ts'
import type { Tick } from '../../../market/tick.ts'
import { PRICE_SCALE, type TradingDate, TURNOVER_SCALE } from '../../../market/units.ts'
import { trueTrade } from '../../market/trade-truth.ts'

/** A tick with its expected JSON, made once. */
interface Fact {
  readonly tick: Tick
  readonly board: string
  readonly entry: string
  readonly trade: string | undefined
}

/**
 * The source of the day's prices: the trades, or the boards if one message may contain several trades. The boards then
 * have the prices of the whole day.
 */
type PricesIn = 'trades' | 'boards'

/** The truth of one issue on one trading date. Times are µs of day. */
export interface IssueTruth {
  readonly pricesIn: PricesIn
  readonly issue: string
  readonly date: TradingDate
  readonly facts: readonly Fact[]
}

/** @param ticks of one issue and date, in order. */
export function issueTruth(
  issue: string,
  date: TradingDate,
  ticks: readonly Tick[],
  pricesIn: PricesIn,
): IssueTruth {
  const facts = ticks.map((tick, index) => {
    const board = boardToJson(tick)
    const trade = trueTrade(tick, ticks[index - 1])
    return {
      tick,
      board: JSON.stringify(board),
      entry: JSON.stringify(trade === undefined ? board : { ...board, trade }),
      trade: trade && JSON.stringify(trade),
    }
  })
  return { issue, date, facts, pricesIn }
}

/** Returns the number of ticks up to `time`. */
export function countUpTo({ facts }: IssueTruth, time: number): number {
  let low = 0
  let high = facts.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (facts[middle]!.tick.time <= time) low = middle + 1
    else high = middle
  }
  return low
}

/** Returns the board at `until` as JSON; `null` before the first tick. */
export function boardAt(truth: IssueTruth, until: number): string {
  return truth.facts[countUpTo(truth, until) - 1]?.board ?? 'null'
}

/** Returns the ticks from `from` to `until` that come after `after`. */
export function factsBetween(
  truth: IssueTruth,
  from: number,
  after: { readonly time: number; readonly sequence: number } | undefined,
  until: number,
): readonly Fact[] {
  const start = Math.max(from, after?.time ?? 0)
  return truth.facts
    .slice(countUpTo(truth, start - 1), countUpTo(truth, until))
    .filter(({ tick }) => tick.sequence > (after?.sequence ?? 0))
}

/** Returns the bars of `minutes` that end after `from`, with ticks up to `until`, as JSON. */
export function barsBetween(truth: IssueTruth, from: number, until: number, minutes: number): string {
  const { morning, afternoon } = RULES.hoursOf(truth.date)
  const length = minutes * 60_000_000
  const known = truth.facts.slice(0, countUpTo(truth, until)).map(({ tick }) => tick)
  const bars = []
  for (const session of [morning, afternoon]) {
    for (let start = session.start; start < session.end; start += length) {
      const end = Math.min(start + length, session.end)
      if (end <= from) continue
      // The opening auction counts to the first bar of the day, a closing auction to the last bar of its session.
      const first = start === morning.start ? 0 : start
      const last = end < session.end ? end : session === morning ? afternoon.start : Infinity
      const bar = barOf(known, first, last)
      if (bar !== undefined) bars.push({ time: isoTime(truth.date, start), ...bar })
    }
  }
  return JSON.stringify(bars)
}

/** Returns the bar of the day up to `until` as a JSON list; an empty list without a trade. */
export function dayBarAt(truth: IssueTruth, until: number): string {
  const bar = dayOf(truth, until)
  return JSON.stringify(bar === undefined ? [] : [{ date: isoDate(truth.date), ...bar }])
}

/** Returns open, high, low and last in yen, and the day's volume. */
export function pricesAt(truth: IssueTruth, until: number): readonly number[] | undefined {
  const bar = dayOf(truth, until)
  return bar && [bar.open, bar.high, bar.low, bar.close, bar.volume]
}

function dayOf(truth: IssueTruth, until: number) {
  const known = truth.facts.slice(0, countUpTo(truth, until)).map(({ tick }) => tick)
  const bar = barOf(known, 0, Infinity)
  if (bar === undefined || truth.pricesIn === 'trades') return bar
  const { values } = known.at(-1)!.board
  const yen = (field: number): number => values[field]! / PRICE_SCALE
  return { ...bar, open: yen(F.open), high: yen(F.high), low: yen(F.low), volume: values[F.volume]! }
}

/** Returns the bar of the trades from `first` on, before `last`. */
function barOf(ticks: readonly Tick[], first: number, last: number) {
  const inside = ticks.filter(({ time }) => time >= first && time < last)
  const trades = inside.flatMap(({ trade }) => trade ?? [])
  if (trades.length === 0) return undefined
  const prices = trades.map(({ price }) => price)
  const before = ticks.findLast(({ time }) => time < first)
  return {
    open: prices[0]! / PRICE_SCALE,
    high: Math.max(...prices) / PRICE_SCALE,
    low: Math.min(...prices) / PRICE_SCALE,
    close: prices.at(-1)! / PRICE_SCALE,
    volume: trades.reduce((sum, { quantity }) => sum + quantity, 0),
    turnover: (turnoverOf(inside.at(-1)) - turnoverOf(before)) / TURNOVER_SCALE,
  }
}

/** Returns the turnover since the start of the day, 10⁻² yen. */
function turnoverOf(tick: Tick | undefined): number {
  return Math.max(0, tick?.board.values[F.turnover] ?? 0)
}
