/** Answers bars of a range: finished days from their records, other days from their ticks. */

import { barEnd, barStart, INTERVALS, type Interval, lastTradeTime } from '../market/bar-times.ts'
import { type Bar, type BarJson, barToJson, joinMinutes } from '../market/bars.ts'
import { hoursOf } from '../market/calendar.ts'
import type { DayPrices } from '../market/day-prices.ts'
import { DAY_MICROSECONDS, isoDate } from '../market/moment.ts'
import { priceToYen, senToYen, type TradingDate } from '../market/units.ts'
import { DAYS_KEPT, type DayMinutes, readDays, readMinutes } from '../tables/ticks/day-items.ts'
import { minutesAsOf } from '../tables/ticks/read-minutes.ts'
import { readDayAsOf, recordCovers, storedOf } from './day-as-of.ts'
import { checkIssueIsKnown, refuseUnknown } from './known-issues.ts'
import { hasTicks, type PriceSource, type Stamped, stampOf } from './price-source.ts'
import { type DayRange, type RangeText, visibleSpan } from './range.ts'

/** A bar of a whole day. */
export type DayBarJson = Omit<BarJson, 'time'> & { readonly date: string }

/** The length of a bar. */
export type BarInterval = Interval | '1d'

export interface BarsRequest extends RangeText {
  readonly issue: string
  readonly interval: BarInterval
}

interface Bars<T> {
  readonly bars: T[]
  /** Bars lack ticks that are not stored yet. */
  readonly isLate: boolean
}

/** The longest range of each interval, days. A range has at most a few thousand bars of some hundred bytes. */
const LONGEST: Readonly<Record<BarInterval, number>> = {
  '1m': 31,
  '5m': 93,
  '15m': 366,
  '1h': 366,
  '1d': DAYS_KEPT,
}

/** Returns the bars of a range, oldest first. @throws Problem */
export async function barsIn(
  source: PriceSource,
  { issue, interval, ...range }: BarsRequest,
): Promise<Stamped<{ interval: string; bars: (BarJson | DayBarJson)[] }>> {
  await refuseUnknown(source, issue)
  const span = await visibleSpan(source, range, LONGEST[interval] * DAY_MICROSECONDS, issue)
  const { parts, asOf } = span
  const { bars, isLate } =
    interval === '1d'
      ? await dayBars(source, issue, parts)
      : await shortBars(source, issue, parts, INTERVALS[interval])
  const end = parts.at(-1)
  if (bars.length === 0) await checkIssueIsKnown(source, issue, end)
  return { stamp: stampOf(source, asOf, span.isLate || isLate), data: { interval, bars } }
}

/** Returns bars of up to an hour. */
async function shortBars(
  source: PriceSource,
  issue: string,
  parts: readonly DayRange[],
  length: number,
): Promise<Bars<BarJson>> {
  const records = await readFinished(source, parts, (from, to) => readMinutes(source.ticks, issue, from, to))
  const bars: BarJson[] = []
  let isLate = false
  for (const part of parts) {
    const { date, from } = part
    const { minutes, isLate: isPartLate } = await minutesFor(source, issue, part, length, records.get(date))
    if (minutes.length > 0 && isPartLate) isLate = true
    const wanted = joinMinutes(date, minutes, length).filter(({ time }) => barEnd(date, time, length) > from)
    bars.push(...wanted.map(bar => barToJson(date, bar)))
  }
  return { bars, isLate }
}

/** Returns the minute bars from which all bars of `length` in `part` can be joined. */
async function minutesFor(
  source: PriceSource,
  issue: string,
  part: DayRange,
  length: number,
  record: DayMinutes | undefined,
): Promise<{ minutes: readonly Bar[]; isLate: boolean }> {
  const { date, from, until } = part
  const stored = record?.final ? until : await storedOf(source, issue, date, until)
  const isLate = stored < until
  if (record !== undefined && (await recordCovers(source, issue, record, stored)))
    return { minutes: record.minutes, isLate }
  if (hasTicks(source, date)) {
    const start = barStart(date, from, length)
    return { minutes: await minutesAsOf(source.ticks, { issue, date }, start, stored), isLate }
  }
  // The ticks are deleted: a bar that `until` cuts can no longer be computed.
  const minutes = joinMinutes(date, record?.minutes ?? [], length).filter(
    ({ time }) => lastTradeTime(date, time, length) <= until,
  )
  return { minutes, isLate: false }
}

async function dayBars(
  source: PriceSource,
  issue: string,
  parts: readonly DayRange[],
): Promise<Bars<DayBarJson>> {
  const records = await readFinished(source, parts, (from, to) => readDays(source.ticks, issue, from, to))
  const bars: DayBarJson[] = []
  let isLate = false
  for (const { date, until } of parts) {
    const day = await readDayAsOf(source, issue, date, until, records.get(date))
    if (day?.isLate) isLate = true
    const bar = day && dayBar(date, day.prices)
    if (bar !== undefined) bars.push(bar)
  }
  return { bars, isLate }
}

/** Returns a bar with the exchange's own prices. They include every price at which a message executed. */
function dayBar(
  date: TradingDate,
  { open, high, low, last, volume, turnover }: DayPrices,
): DayBarJson | undefined {
  if (open === undefined || high === undefined || low === undefined || last === undefined) return undefined
  return {
    date: isoDate(date),
    open: priceToYen(open.price),
    high: priceToYen(high.price),
    low: priceToYen(low.price),
    close: priceToYen(last.price),
    volume: volume ?? 0,
    ...(turnover === undefined ? {} : { turnover: senToYen(turnover) }),
  }
}

/** Reads the records, by date, of parts that reach the end of their day, and of parts whose ticks are deleted. */
async function readFinished<T extends { readonly date: TradingDate }>(
  source: PriceSource,
  parts: readonly DayRange[],
  read: (from: TradingDate, to: TradingDate) => Promise<T[]>,
): Promise<Map<number, T>> {
  const dates = parts
    .filter(({ date, until }) => until >= hoursOf(date).afternoon.end || !hasTicks(source, date))
    .map(({ date }) => date)
  const [first] = dates
  const last = dates.at(-1)
  if (first === undefined || last === undefined) return new Map()
  const records = await read(first, last)
  return new Map(records.map(record => [record.date, record]))
}
