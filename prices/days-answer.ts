/**
 * Answers the day's four prices (四本値) by the rules of the exchange's own delayed service (JPX, 20分ディレイ,
 * jpx.co.jp/markets/paid-info-equities/realtime/06.html): until 8:00, when order acceptance starts, the prices of the
 * last trading date; then the prices of the day, from its first trade on.
 */

import type { Calendar } from '../market/calendar/calendar.ts'
import { type DayPricesJson, dayPricesOf, dayPricesToJson, morningEnd } from '../market/day-prices.ts'
import { dateOf, isoDate, isoTime, timeOfDay } from '../market/moment.ts'
import type { Tick } from '../market/tick.ts'
import { type DayMicros, type EpochMicros, priceToYen, type TradingDate, type Yen } from '../market/units.ts'
import { readDays } from '../tables/ticks/day-items.ts'
import { tickAsOf } from '../tables/ticks/read-ticks.ts'
import { type DayAsOf, readDayAsOf } from './day-as-of.ts'
import {
  checkIssueIsKnown,
  ISSUES_IN_FLIGHT,
  maybeKnown,
  refuseUnknown,
  unknownMember,
} from './known-issues.ts'
import { mapEach } from './map-each.ts'
import { type PriceSource, type Stamped, stampOf } from './price-source.ts'
import { END_OF_DAY, tradingMoment, visibleMoment } from './range.ts'

export type DayState = 'before-open' | 'open' | 'closed'

export interface DayJson extends DayPricesJson {
  readonly issue: string
  /** The trading date of the prices. */
  readonly date: string
  readonly state: DayState
  /** The time of the last tick. */
  readonly time?: string
  /** The last price of the trading date before; absent without a trade. */
  readonly previousClose?: { readonly price: Yen; readonly date: string }
}

/** Members of an answer, and whether they lack ticks that are not stored yet. */
export interface LateOr<Data> {
  readonly data: Data
  readonly isLate: boolean
}

/** The day that is shown at a moment, with the last time that is visible. */
interface ShownDay {
  readonly date: TradingDate
  readonly until: DayMicros
  readonly state: DayState
}

/** Returns the day that was shown at a moment. @throws Problem */
export async function dayAsOf(
  source: PriceSource,
  issue: string,
  at: string | undefined,
): Promise<Stamped<{ day: DayJson }>> {
  const { moment, isLate } = await visibleMoment(source, 'at', at, [issue])
  const { data, isLate: isDayLate } = await oneDay(source, issue, moment, undefined)
  return { stamp: stampOf(source, moment, isLate || isDayLate), data }
}

/** Returns days in the order of the request, without unknown issues. Names the unknown issues. @throws Problem */
export async function daysAsOf(
  source: PriceSource,
  issues: readonly string[],
  at: string | undefined,
): Promise<Stamped<{ days: DayJson[]; unknown?: string[] }>> {
  const { moment, isLate } = await visibleMoment(source, 'at', at, await maybeKnown(source, issues))
  const { data, isLate: areDaysLate } = await manyDays(source, issues, moment, new Map())
  return { stamp: stampOf(source, moment, isLate || areDaysLate), data }
}

/**
 * Returns the day that is shown now. @throws Problem
 * @param newest the newest tick of the issue, if there is one. It counts only if it is of that day.
 */
export function dayNow(
  source: PriceSource,
  issue: string,
  newest: Tick | undefined,
): Promise<LateOr<{ day: DayJson }>> {
  return oneDay(source, issue, source.clock.now(), newest)
}

/** Returns the days that are shown now, like {@link dayNow}. @param newest the newest ticks by issue. @throws Problem */
export function daysNow(
  source: PriceSource,
  issues: readonly string[],
  newest: ReadonlyMap<string, Tick>,
): Promise<LateOr<{ days: DayJson[]; unknown?: string[] }>> {
  return manyDays(source, issues, source.clock.now(), newest)
}

async function oneDay(
  source: PriceSource,
  issue: string,
  moment: EpochMicros,
  newest: Tick | undefined,
): Promise<LateOr<{ day: DayJson }>> {
  await refuseUnknown(source, issue)
  const shown = shownAt(source.calendar, moment)
  const { day, isEmpty, isLate } = await dayAt(source, issue, shown, newest)
  if (isEmpty) await checkIssueIsKnown(source, issue, shown)
  return { data: { day }, isLate }
}

async function manyDays(
  source: PriceSource,
  issues: readonly string[],
  moment: EpochMicros,
  newest: ReadonlyMap<string, Tick>,
): Promise<LateOr<{ days: DayJson[]; unknown?: string[] }>> {
  const shown = shownAt(source.calendar, moment)
  const wanted = await maybeKnown(source, issues)
  const found = await mapEach(wanted, ISSUES_IN_FLIGHT, issue =>
    dayAt(source, issue, shown, newest.get(issue)),
  )
  const full = new Set(found.filter(({ isEmpty }) => !isEmpty).map(({ day }) => day.issue))
  const empty = issues.filter(issue => !full.has(issue))
  const named = await unknownMember(source, empty, shown)
  const days = found.map(({ day }) => day).filter(({ issue }) => !named.unknown?.includes(issue))
  return { data: { days, ...named }, isLate: found.some(({ isLate }) => isLate) }
}

/** Returns which day is shown at a market time (epoch µs), and the state of the day. */
export function shownAt(calendar: Calendar, moment: EpochMicros): ShownDay {
  const { date, until } = tradingMoment(calendar, moment)
  const { orders, morning, afternoon } = calendar.hoursOf(date)
  if (date !== dateOf(moment)) return { date, until, state: 'closed' }
  const time = timeOfDay(moment)
  if (time < orders) return { date: calendar.tradingDateBefore(date), until: END_OF_DAY, state: 'closed' }
  const state = time < morning.start ? 'before-open' : time < afternoon.end ? 'open' : 'closed'
  return { date, until: time, state }
}

async function dayAt(
  source: PriceSource,
  issue: string,
  { date, until, state }: ShownDay,
  newest: Tick | undefined,
): Promise<{ day: DayJson; isEmpty: boolean; isLate: boolean }> {
  const before = source.calendar.tradingDateBefore(date)
  const records = await readDays(source.ticks, issue, before, date)
  const recordOf = (of: number) => records.find(record => record.date === of)
  const [day, previous] = await Promise.all([
    newest?.tradingDate === date
      ? dayOfBoard(source, issue, newest)
      : readDayAsOf(source, issue, date, until, recordOf(date)),
    readDayAsOf(source, issue, before, END_OF_DAY, recordOf(before)),
  ])
  // The last stored price of an incomplete date may not be its close.
  const close = previous?.isLate ? undefined : previous?.prices.last?.price
  return {
    day: {
      issue,
      date: isoDate(date),
      state,
      ...(day && { ...dayPricesToJson(date, day.prices), time: isoTime(date, day.time) }),
      ...(close === undefined ? {} : { previousClose: { price: priceToYen(close), date: isoDate(before) } }),
    },
    isEmpty: day === undefined && previous === undefined,
    isLate: day?.isLate === true || previous?.isLate === true,
  }
}

async function dayOfBoard(source: PriceSource, issue: string, tick: Tick): Promise<DayAsOf> {
  const { tradingDate: date, time } = tick
  const noon = morningEnd(source.calendar.hoursOf(date))
  // The last tick of the morning is stored before the first price of the afternoon.
  const morning = time > noon ? await tickAsOf(source.ticks, issue, date, noon) : undefined
  return { date, prices: dayPricesOf(tick, morning), time, isLate: false }
}
