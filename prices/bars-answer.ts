/** Answers bars of a range: finished days from their records, other days from their ticks. */

import { type BarInterval, barEnd, barStart, INTERVALS, lastTradeTime } from '../market/bar-times.ts'
import { type Bar, type BarJson, barToJson, joinMinutes } from '../market/bars.ts'
import { type DayBarJson, dayBarOf } from '../market/day-bar.ts'
import { DAY_MICROSECONDS, momentOf } from '../market/moment.ts'
import type { EpochMicros, TradingDate } from '../market/units.ts'
import { AnswerPage } from '../rest/answer-page.ts'
import { DAYS_KEPT, type DayMinutes, readDays, readMinutes } from '../tables/ticks/day-items.ts'
import { minutesAsOf } from '../tables/ticks/read-minutes.ts'
import { readBarsCursor, writeBarsCursor } from './cursor.ts'
import { readDayAsOf, recordCovers, storedOf } from './day-as-of.ts'
import { checkIssueIsKnown, refuseUnknown } from './known-issues.ts'
import { mapEach } from './map-each.ts'
import { hasTicks, type PriceSource, type Stamped, stampOf } from './price-source.ts'
import { type DayRange, type RangeText, visibleSpan } from './range.ts'

export interface BarsRequest extends RangeText {
  readonly issue: string
  readonly interval: BarInterval
  /** The `next` of the page before. */
  readonly after?: string | undefined
}

/** The bars of a trading date. */
interface DateBars {
  /** Each with the start of the bar. */
  readonly bars: readonly { readonly start: EpochMicros; readonly json: BarJson | DayBarJson }[]
  /** Bars lack ticks that are not stored yet. */
  readonly isLate: boolean
}

/** The longest range of each interval, days. */
const LONGEST: Readonly<Record<BarInterval, number>> = {
  '1m': 31,
  '5m': 93,
  '15m': 366,
  '1h': 366,
  '1d': DAYS_KEPT,
}

/** The most trading dates that are read for one page. They fill it, or cost about 31 read units. */
const DATES_PER_PAGE: Readonly<Record<BarInterval, number>> = {
  '1m': 8,
  '5m': 31,
  '15m': 31,
  '1h': 31,
  '1d': 500,
}
/** Dates of a request that are read at the same time. */
const DATES_IN_FLIGHT = 4

/** Returns the bars of a range, oldest first, in up to 256 KB. `next` continues after them. @throws Problem */
export async function barsIn(
  source: PriceSource,
  { issue, interval, after, ...range }: BarsRequest,
): Promise<Stamped<{ interval: string; bars: (BarJson | DayBarJson)[]; next?: string }>> {
  await refuseUnknown(source, issue)
  const start = after === undefined ? undefined : readBarsCursor(after, issue, interval)
  const span = await visibleSpan(source, range, LONGEST[interval] * DAY_MICROSECONDS, issue, start)
  const parts = span.parts.slice(0, DATES_PER_PAGE[interval])
  const dates =
    interval === '1d'
      ? await dayBars(source, issue, parts)
      : await shortBars(source, issue, parts, INTERVALS[interval])
  const page = new AnswerPage()
  const found = dates.flatMap(({ bars }) => bars)
  const tooMany = found.findIndex(({ json }) => !page.takes(json))
  const shown = tooMany === -1 ? found : found.slice(0, tooMany)
  const laterDate = span.parts[parts.length]?.date
  const next = found[shown.length]?.start ?? (laterDate && momentOf(laterDate, 0))
  if (found.length === 0 && next === undefined) await checkIssueIsKnown(source, issue, span.parts.at(-1))
  return {
    stamp: stampOf(source, span.asOf, span.isLate || dates.some(({ isLate }) => isLate)),
    data: {
      interval,
      bars: shown.map(({ json }) => json),
      ...(next === undefined ? {} : { next: writeBarsCursor(issue, interval, next) }),
    },
  }
}

/** Returns bars of up to an hour. */
async function shortBars(
  source: PriceSource,
  issue: string,
  parts: readonly DayRange[],
  length: number,
): Promise<DateBars[]> {
  const records = await readFinished(source, parts, (from, to) => readMinutes(source.ticks, issue, from, to))
  return mapEach(parts, DATES_IN_FLIGHT, async part => {
    const { date, from } = part
    const hours = source.calendar.hoursOf(date)
    const { minutes, isLate } = await minutesFor(source, issue, part, length, records.get(date))
    const wanted = joinMinutes(hours, minutes, length).filter(
      ({ time }) => barEnd(hours, time, length) > from,
    )
    return {
      bars: wanted.map(bar => ({ start: momentOf(date, bar.time), json: barToJson(date, bar) })),
      isLate: minutes.length > 0 && isLate,
    }
  })
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
  const hours = source.calendar.hoursOf(date)
  const stored = record?.final ? until : await storedOf(source, issue, date, until)
  const isLate = stored < until
  if (record !== undefined && (await recordCovers(source, issue, record, stored)))
    return { minutes: record.minutes, isLate }
  if (hasTicks(source, date)) {
    const start = barStart(hours, from, length)
    return { minutes: await minutesAsOf(source.ticks, { issue, date, hours }, start, stored), isLate }
  }
  // The ticks are deleted: a bar that `until` cuts can no longer be computed.
  const minutes = joinMinutes(hours, record?.minutes ?? [], length).filter(
    ({ time }) => lastTradeTime(hours, time, length) <= until,
  )
  return { minutes, isLate: false }
}

async function dayBars(source: PriceSource, issue: string, parts: readonly DayRange[]): Promise<DateBars[]> {
  const records = await readFinished(source, parts, (from, to) => readDays(source.ticks, issue, from, to))
  return mapEach(parts, DATES_IN_FLIGHT, async ({ date, until }) => {
    const day = await readDayAsOf(source, issue, date, until, records.get(date))
    const json = day && dayBarOf(date, day.prices)
    const bars = json === undefined ? [] : [{ start: momentOf(date, 0), json }]
    return { bars, isLate: day?.isLate === true }
  })
}

/** Reads the records, by date, of parts that reach the end of their day, and of parts whose ticks are deleted. */
async function readFinished<T extends { readonly date: TradingDate }>(
  source: PriceSource,
  parts: readonly DayRange[],
  read: (from: TradingDate, to: TradingDate) => Promise<T[]>,
): Promise<Map<number, T>> {
  const dates = parts
    .filter(
      ({ date, until }) => until >= source.calendar.hoursOf(date).afternoon.end || !hasTicks(source, date),
    )
    .map(({ date }) => date)
  const [first] = dates
  const last = dates.at(-1)
  if (first === undefined || last === undefined) return new Map()
  const records = await read(first, last)
  return new Map(records.map(record => [record.date, record]))
}
