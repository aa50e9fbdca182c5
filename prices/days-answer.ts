/**
 * The day's four prices (四本値) as the exchange's own delayed service tells them: those of the last trading date until
 * they are reset when orders are taken again (8:00), then those of the day, none before its first trade (JPX, 20分ディレイ,
 * jpx.co.jp/markets/paid-info-equities/realtime/06.html).
 */
import { PRICE_SCALE } from '../market/board.ts'
import { hoursOf } from '../market/calendar.ts'
import { type DayPricesJson, dayPricesOf, dayPricesToJson, morningEnd } from '../market/day-prices.ts'
import { dateOf, isoDate, isoTime, timeOfDay } from '../market/moment.ts'
import type { Tick } from '../market/tick.ts'
import type { TradingDate } from '../market/units.ts'
import { readDays } from '../tables/ticks/day-items.ts'
import { tickAsOf } from '../tables/ticks/read-ticks.ts'
import { dayRead, type KnownDay } from './day-as-of.ts'
import { checkKnown, unknownOf } from './listed-issues.ts'
import { type PriceSource, type Stamp, stampOf } from './price-source.ts'
import { END_OF_DAY, tradingDateBefore, tradingMoment, visibleMoment } from './range.ts'

export type DayState = 'before-open' | 'open' | 'closed'

export interface DayJson extends DayPricesJson {
  readonly issue: string
  /** The trading date that the prices are of. */
  readonly date: string
  readonly state: DayState
  /** Of the tick that told them. */
  readonly time?: string
  /** The last price of the trading date before, where there was one. */
  readonly previousClose?: { readonly price: number; readonly date: string }
}

/** The day that is shown at a moment. */
interface ShownDay {
  readonly date: TradingDate
  /** µs of day. */
  readonly until: number
  readonly state: DayState
}

/** @throws Problem */
export async function dayAsOf(
  source: PriceSource,
  issue: string,
  at: string | undefined,
): Promise<{ stamp: Stamp; data: { day: DayJson } }> {
  const { moment } = visibleMoment(source, 'at', at)
  return { stamp: stampOf(source, moment), data: await oneDay(source, issue, moment, undefined) }
}

/** Days in the order asked for; issues that nobody knows are left out and named. */
export async function daysAsOf(
  source: PriceSource,
  issues: readonly string[],
  at: string | undefined,
): Promise<{ stamp: Stamp; data: { days: DayJson[]; unknown?: string[] } }> {
  const { moment } = visibleMoment(source, 'at', at)
  return { stamp: stampOf(source, moment), data: await manyDays(source, issues, moment, new Map()) }
}

/**
 * The day of now, from the newest board of the issue where there is one.
 * @throws Problem
 */
export function dayNow(
  source: PriceSource,
  issue: string,
  newest: Tick | undefined,
): Promise<{ day: DayJson }> {
  return oneDay(source, issue, source.clock.now(), newest)
}

/** {@link daysAsOf} for now. */
export function daysNow(
  source: PriceSource,
  issues: readonly string[],
  newest: ReadonlyMap<string, Tick>,
): Promise<{ days: DayJson[]; unknown?: string[] }> {
  return manyDays(source, issues, source.clock.now(), newest)
}

async function oneDay(
  source: PriceSource,
  issue: string,
  moment: number,
  newest: Tick | undefined,
): Promise<{ day: DayJson }> {
  const shown = shownAt(moment)
  const { day, isEmpty } = await dayAt(source, issue, shown, newest)
  if (isEmpty) await checkKnown(source, issue, shown)
  return { day }
}

async function manyDays(
  source: PriceSource,
  issues: readonly string[],
  moment: number,
  newest: ReadonlyMap<string, Tick>,
): Promise<{ days: DayJson[]; unknown?: string[] }> {
  const shown = shownAt(moment)
  const found = await Promise.all(issues.map(issue => dayAt(source, issue, shown, newest.get(issue))))
  const empty = issues.filter((_, index) => found[index]?.isEmpty)
  const named = await unknownOf(source, empty, shown)
  const days = found.map(({ day }) => day).filter(({ issue }) => !named.unknown?.includes(issue))
  return { days, ...named }
}

/** Which day is shown at a market time (epoch µs), and how it stands. */
export function shownAt(moment: number): ShownDay {
  const { date, until } = tradingMoment(moment)
  const { orders, morning, afternoon } = hoursOf(date)
  if (date !== dateOf(moment)) return { date, until, state: 'closed' }
  const time = timeOfDay(moment)
  if (time < orders) return { date: tradingDateBefore(date), until: END_OF_DAY, state: 'closed' }
  const state = time < morning.start ? 'before-open' : time < afternoon.end ? 'open' : 'closed'
  return { date, until: time, state }
}

async function dayAt(
  source: PriceSource,
  issue: string,
  { date, until, state }: ShownDay,
  newest: Tick | undefined,
): Promise<{ day: DayJson; isEmpty: boolean }> {
  const before = tradingDateBefore(date)
  const records = await readDays(source.ticks, issue, before, date)
  const recordOf = (of: number) => records.find(record => record.date === of)
  const [day, previous] = await Promise.all([
    newest?.tradingDate === date
      ? dayOfBoard(source, issue, newest)
      : dayRead(source, issue, date, until, recordOf(date)),
    dayRead(source, issue, before, END_OF_DAY, recordOf(before)),
  ])
  const close = previous?.prices.last?.price
  return {
    day: {
      issue,
      date: isoDate(date),
      state,
      ...(day === undefined ? {} : dayPricesToJson(date, day.prices)),
      ...(day === undefined ? {} : { time: isoTime(date, day.time) }),
      ...(close === undefined
        ? {}
        : { previousClose: { price: close / PRICE_SCALE, date: isoDate(before) } }),
    },
    isEmpty: day === undefined && previous === undefined,
  }
}

async function dayOfBoard(source: PriceSource, issue: string, tick: Tick): Promise<KnownDay> {
  const { tradingDate: date, time } = tick
  const noon = morningEnd(date)
  // What the morning said is stored before the afternoon's first price.
  const morning = time > noon ? await tickAsOf(source.ticks, issue, date, noon) : undefined
  return { date, prices: dayPricesOf(tick, morning), time }
}
