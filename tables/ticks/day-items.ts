/**
 * The finished days of an issue in the ticks table, one item for the day itself and one for its minute bars: years of
 * daily bars are read without the minutes.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { type Bar, minuteBarsOf } from '../../market/bars.ts'
import { type DayPrices, dayPricesOf, morningEnd } from '../../market/day-prices.ts'
import type { Tick } from '../../market/tick.ts'
import type { Item } from '../dynamodb.ts'
import { query, type TicksTable } from './read-ticks.ts'
import { daysKey, dayTime, EXPIRES, KEY, minutesKey, TIME, type TickPlace } from './ticks-item.ts'

/** A day of an issue after the close. */
export interface Day {
  readonly issue: string
  /** YYYYMMDD. */
  readonly date: number
  readonly prices: DayPrices
  /** Its last tick. */
  readonly last: TickPlace
  /** Its ticks. */
  readonly count: number
  /** Messages of the day are lost for good. */
  readonly lost: boolean
  /** Nothing can come behind its last tick. */
  readonly final: boolean
}

export interface DayRecord extends Day {
  readonly minutes: readonly Bar[]
}

/** The minute bars of a finished day. */
export type DayMinutes = Pick<DayRecord, 'date' | 'last' | 'final' | 'minutes'>

/** Days for which a finished day can be read: ten years. */
export const DAYS_KEPT = 3_653

/** What the contents of the items are called. */
const DAY = 'day'
const MINUTES = 'minutes'

/**
 * What is kept of a day.
 * @param ticks all of one issue and trading date, in order.
 * @param final whether the exchange can send nothing more of the day.
 * @returns undefined where there are none.
 */
export async function dayRecordOf(
  ticks: AsyncIterable<Tick>,
  final: boolean,
): Promise<DayRecord | undefined> {
  let count = 0
  let lost = false
  let last: Tick | undefined
  let morning: Tick | undefined
  async function* watched(): AsyncGenerator<Tick> {
    for await (const tick of ticks) {
      count++
      if (tick.lost) lost = true
      if (tick.time <= morningEnd(tick.tradingDate)) morning = tick
      last = tick
      yield tick
    }
  }
  const minutes = await minuteBarsOf(watched())
  if (last === undefined) return undefined
  const { board, tradingDate, time, sequence } = last as Tick
  return {
    issue: board.issue,
    date: tradingDate,
    prices: dayPricesOf(last, morning),
    last: { time, sequence },
    count,
    lost,
    final,
    minutes,
  }
}

/**
 * The items of a day.
 * @param expires epoch seconds from which they are not shown any more: {@link DAYS_KEPT}.
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

/** The finished days of an issue from one date to another, both with them, in order. */
export async function readDays(table: TicksTable, issue: string, from: number, to: number): Promise<Day[]> {
  const items = await readDates(table, daysKey(issue), from, to)
  return items.map(item => ({ issue, ...(JSON.parse(item[DAY]?.S ?? '') as Omit<Day, 'issue'>) }))
}

/** The minute bars of an issue's finished days from one date to another, both with them, in order. */
export async function readMinutes(
  table: TicksTable,
  issue: string,
  from: number,
  to: number,
): Promise<DayMinutes[]> {
  const items = await readDates(table, minutesKey(issue), from, to)
  return items.map(item => {
    const text = String(inflateRawSync(item[MINUTES]?.B ?? new Uint8Array()))
    const { minutes, ...rest } = JSON.parse(text) as Omit<DayMinutes, 'minutes'> & { minutes: Row[] }
    return { ...rest, minutes: minutes.map(barOf) }
  })
}

/** Whether any day of an issue up to a date is finished. */
export async function hasDays(table: TicksTable, issue: string, to: number): Promise<boolean> {
  const { items } = await query(table, daysKey(issue), {
    KeyConditionExpression: '#key = :key AND #time <= :to',
    values: { ':to': { S: dayTime(to) } },
    Limit: 1,
    ScanIndexForward: false,
  })
  return items.length > 0
}

async function readDates(table: TicksTable, key: string, from: number, to: number): Promise<Item[]> {
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

/** A bar as a row: time, open, high, low, close, volume, turnover or null, 1 where messages are lost. */
type Row = [number, number, number, number, number, number, number | null, 0 | 1]

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
