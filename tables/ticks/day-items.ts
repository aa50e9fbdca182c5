/**
 * Items of finished days in the ticks table. An issue's day has two items, one for its prices and one for its minute
 * bars, so that a reader of years of daily bars does not read the minutes.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { Bar } from '../../market/bars.ts'
import type { Day, DayRecord } from '../../market/day-record.ts'
import type { DayMicros, TradingDate } from '../../market/units.ts'
import type { Item } from '../dynamodb.ts'
import { daysKey, dayTime, EXPIRES, KEY, minutesKey, TIME } from './ticks-item.ts'
import { query, type TicksTable } from './ticks-table.ts'

/** The minute bars of a finished day. */
export type DayMinutes = Pick<DayRecord, 'date' | 'last' | 'final' | 'minutes'>

/** Days for which a finished day stays in the table: ten years. */
export const DAYS_KEPT = 3_653

/** Attribute with the day's prices as JSON. */
const DAY = 'day'
/** Attribute with the day's minute bars as JSON, compressed by raw deflate. */
const MINUTES = 'minutes'

/**
 * Returns the two items of a day.
 * @param expires epoch seconds; readers ignore the items from then on. See {@link DAYS_KEPT}.
 */
export function dayItems({ minutes, ...day }: DayRecord, expires: number): Item[] {
  const { issue, date, last, final } = day
  const rest = { [TIME]: { S: dayTime(date) }, [EXPIRES]: { N: String(expires) } }
  const { issue: _, ...inside } = day
  return [
    { [KEY]: { S: daysKey(issue) }, ...rest, [DAY]: { S: JSON.stringify(inside) } },
    {
      [KEY]: { S: minutesKey(issue) },
      ...rest,
      [MINUTES]: { B: deflateRawSync(JSON.stringify({ date, last, final, minutes: minutes.map(rowOf) })) },
    },
  ]
}

/** Reads the finished days of an issue from `from` to `to` (YYYYMMDD, inclusive), in order. */
export async function readDays(
  table: TicksTable,
  issue: string,
  from: TradingDate,
  to: TradingDate,
): Promise<Day[]> {
  const items = await readDates(table, daysKey(issue), from, to)
  return items.map(item => ({ issue, ...(JSON.parse(item[DAY]?.S ?? '') as Omit<Day, 'issue'>) }))
}

/** Reads the minute bars of an issue's finished days from `from` to `to` (YYYYMMDD, inclusive), in order. */
export async function readMinutes(
  table: TicksTable,
  issue: string,
  from: TradingDate,
  to: TradingDate,
): Promise<DayMinutes[]> {
  const items = await readDates(table, minutesKey(issue), from, to)
  return items.map(item => {
    const text = String(inflateRawSync(item[MINUTES]?.B ?? new Uint8Array()))
    const { minutes, ...rest } = JSON.parse(text) as Omit<DayMinutes, 'minutes'> & { minutes: Row[] }
    return { ...rest, minutes: minutes.map(barOf) }
  })
}

/** Returns whether an issue has a finished day up to a date (YYYYMMDD, inclusive). */
export async function hasDays(table: TicksTable, issue: string, to: TradingDate): Promise<boolean> {
  const { items } = await query(table, daysKey(issue), {
    KeyConditionExpression: '#key = :key AND #time <= :to',
    values: { ':to': { S: dayTime(to) } },
    Limit: 1,
    ScanIndexForward: false,
  })
  return items.length > 0
}

async function readDates(
  table: TicksTable,
  key: string,
  from: TradingDate,
  to: TradingDate,
): Promise<Item[]> {
  if (from > to) return []
  const items: Item[] = []
  let start: Item | undefined
  do {
    const page = await query(table, key, {
      KeyConditionExpression: '#key = :key AND #time BETWEEN :from AND :to',
      values: { ':from': { S: dayTime(from) }, ':to': { S: dayTime(to) } },
      ExclusiveStartKey: start,
    })
    items.push(...page.items)
    start = page.next
  } while (start !== undefined)
  return items
}

/** A minute bar as a JSON array, in the units of {@link Bar}. */
type Row = [
  time: DayMicros,
  open: number,
  high: number,
  low: number,
  close: number,
  volume: number,
  turnover: number | null,
  lost: 0 | 1,
]

function rowOf({ time, open, high, low, close, volume, turnover, lost }: Bar): Row {
  return [time, open, high, low, close, volume, turnover ?? null, lost ? 1 : 0]
}

function barOf([time, open, high, low, close, volume, turnover, lost]: Row): Bar {
  return {
    time,
    open,
    high,
    low,
    close,
    volume,
    ...(turnover === null ? {} : { turnover }),
    ...(lost === 1 ? { lost: true } : {}),
  }
}
