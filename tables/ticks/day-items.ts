/**
 * Items of finished days in the ticks table. An issue's day has two items, one for its prices and one for its minute
 * bars, so that a reader of years of daily bars does not read the minutes.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { Day, DayRecord } from '../../market/day-record.ts'
import type { EpochSeconds, TradingDate } from '../../market/units.ts'
import { barOf, type MinuteRow, rowOf } from './minute-row.ts'
import {
  type DayItem,
  daysKey,
  dayTime,
  type MinutesItem,
  minutesKey,
  type TicksItem,
  type TicksKey,
} from './ticks-item.ts'
import { type Page, query, type TicksTable } from './ticks-table.ts'

/** The minute bars of a finished day. */
export type DayMinutes = Pick<DayRecord, 'date' | 'last' | 'final' | 'minutes'>

/** Days for which a finished day stays in the table: ten years. */
export const DAYS_KEPT = 3_653

/** What the JSON of a {@link DayItem} has. The issue is in the item's key. */
type StoredDay = Omit<Day, 'issue'>

/** What the JSON of a {@link MinutesItem} has. */
type StoredMinutes = Omit<DayMinutes, 'minutes'> & { readonly minutes: readonly MinuteRow[] }

/**
 * Returns the two items of a day.
 * @param expires epoch seconds; readers ignore the items from then on. See {@link DAYS_KEPT}.
 */
export function dayItems(
  { issue, minutes, ...day }: DayRecord,
  expires: EpochSeconds,
): readonly [DayItem, MinutesItem] {
  const { date, last, final } = day
  const time = dayTime(date)
  const storedDay: StoredDay = day
  const storedMinutes: StoredMinutes = { date, last, final, minutes: minutes.map(rowOf) }
  return [
    { key: daysKey(issue), time, expires, day: JSON.stringify(storedDay) },
    { key: minutesKey(issue), time, expires, minutes: deflateRawSync(JSON.stringify(storedMinutes)) },
  ]
}

/** Reads the finished days of an issue from `from` to `to` (YYYYMMDD, inclusive), in order. */
export async function readDays(
  table: TicksTable,
  issue: string,
  from: TradingDate,
  to: TradingDate,
): Promise<Day[]> {
  const items = await readDates<DayItem>(table, daysKey(issue), from, to)
  return items.map(({ day }) => ({ issue, ...(JSON.parse(day) as StoredDay) }))
}

/** Reads the minute bars of an issue's finished days from `from` to `to` (YYYYMMDD, inclusive), in order. */
export async function readMinutes(
  table: TicksTable,
  issue: string,
  from: TradingDate,
  to: TradingDate,
): Promise<DayMinutes[]> {
  const items = await readDates<MinutesItem>(table, minutesKey(issue), from, to)
  return items.map(item => {
    const { minutes, ...rest } = JSON.parse(String(inflateRawSync(item.minutes))) as StoredMinutes
    return { ...rest, minutes: minutes.map(barOf) }
  })
}

/** Returns whether an issue has a finished day up to a date (YYYYMMDD, inclusive). */
export async function hasDays(table: TicksTable, issue: string, to: TradingDate): Promise<boolean> {
  const { items } = await query(table, daysKey(issue), {
    condition: '#key = :key AND #time <= :to',
    values: { ':to': dayTime(to) },
    limit: 1,
    descending: true,
  })
  return items.length > 0
}

async function readDates<Item extends TicksItem>(
  table: TicksTable,
  key: string,
  from: TradingDate,
  to: TradingDate,
): Promise<Item[]> {
  if (from > to) return []
  const items: Item[] = []
  let start: TicksKey | undefined
  do {
    const page: Page<Item> = await query(table, key, {
      condition: '#key = :key AND #time BETWEEN :from AND :to',
      values: { ':from': dayTime(from), ':to': dayTime(to) },
      start,
    })
    items.push(...page.items)
    start = page.next
  } while (start !== undefined)
  return items
}
