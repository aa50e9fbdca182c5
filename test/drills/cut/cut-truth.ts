/** What every read must answer, from the exchange's own ticks; nothing of the code that reads is used for it. */
import { F, PRICE_SCALE, TURNOVER_SCALE } from '../../../market/board.ts'
import { boardToJson, tradeToJson } from '../../../market/board-to-json.ts'
import { hoursOf } from '../../../market/calendar.ts'
import { isoDate, isoTime } from '../../../market/moment.ts'
import type { Tick } from '../../../market/tick.ts'
import type { TradingDate } from '../../../market/units.ts'

/** A tick with all that reads tell of it, made once. */
interface Fact {
  readonly tick: Tick
  readonly board: string
  readonly entry: string
  readonly trade: string | undefined
}

/**
 * Where the day's prices stand: in the trades, or, where one message may tell of several, in the boards, which then
 * tell of the whole day.
 */
type PricesIn = 'trades' | 'boards'

/** One issue on one trading date. */
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
  const facts = ticks.map(tick => {
    const board = boardToJson(tick)
    const trade = tick.trade && tradeToJson(tick, tick.trade)
    return {
      tick,
      board: JSON.stringify(board),
      entry: JSON.stringify(trade === undefined ? board : { ...board, trade }),
      trade: trade && JSON.stringify(trade),
    }
  })
  return { issue, date, facts, pricesIn }
}

/** How many of its ticks are at or before `time`. */
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

/** The board at `until`, JSON; `null` before the first. */
export function boardAt(truth: IssueTruth, until: number): string {
  return truth.facts[countUpTo(truth, until) - 1]?.board ?? 'null'
}

/** The ticks from `from` on, behind `after`, up to `until`. */
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

/** The bars of so many minutes that end behind `from`, up to `until`, JSON. */
export function barsBetween(truth: IssueTruth, from: number, until: number, minutes: number): string {
  const { morning, afternoon } = hoursOf(truth.date)
  const length = minutes * 60_000_000
  const known = truth.facts.slice(0, countUpTo(truth, until)).map(({ tick }) => tick)
  const bars = []
  for (const session of [morning, afternoon]) {
    for (let start = session.start; start < session.end; start += length) {
      const end = Math.min(start + length, session.end)
      if (end <= from) continue
      // The opening auction of the day and the closing auctions stand in the bars beside them.
      const first = start === morning.start ? 0 : start
      const last = end < session.end ? end : session === morning ? afternoon.start : Infinity
      const bar = barOf(known, first, last)
      if (bar !== undefined) bars.push({ time: isoTime(truth.date, start), ...bar })
    }
  }
  return JSON.stringify(bars)
}

/** The bar of the whole day up to `until`, JSON; an empty list without a trade. */
export function dayBarAt(truth: IssueTruth, until: number): string {
  const bar = dayOf(truth, until)
  return JSON.stringify(bar === undefined ? [] : [{ date: isoDate(truth.date), ...bar }])
}

/** Open, high, low and last in yen, and the day's volume. */
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

/** Of the trades from `first` on, before `last`. */
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

/** Since the day began, 10⁻² yen. */
function turnoverOf(tick: Tick | undefined): number {
  return Math.max(0, tick?.board.values[F.turnover] ?? 0)
}
