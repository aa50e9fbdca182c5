/**
 * Half-hours: the finished minute bars of an unfinished day. store-ticks writes them for busy issues, so that a reader of
 * today's bars does not read every tick of the day.
 *
 * A minute is finished when its issue has a stored tick after it. The half-hours of an issue count up to the first that
 * is missing or has an unfinished minute. What they do not cover, readers compute from ticks.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { barStart, nextBarStart } from '../../market/bar-times.ts'
import type { Bar } from '../../market/bars.ts'
import type { Hours } from '../../market/calendar/hours.ts'
import type { DayMicros, EpochSeconds, TradingDate } from '../../market/units.ts'
import { barOf, type MinuteRow, rowOf } from './minute-row.ts'
import { type HalfHourItem, halfHoursKey, halfHourTime } from './ticks-item.ts'
import { query, type TicksTable } from './ticks-table.ts'

/** µs. The bars of a half-hour fit into one write unit. */
const HALF_HOUR = 30 * 60_000_000

/** An issue on a trading date. */
export interface IssueDay {
  readonly issue: string
  readonly date: TradingDate
  /** The hours of the date. */
  readonly hours: Hours
}

/** The finished minutes of an issue. */
export interface FinishedMinutes {
  readonly minutes: readonly Bar[]
  /** Start of the first minute that is not in `minutes`: µs of the day. */
  readonly through: DayMicros
}

/**
 * Reads the finished minutes from the half-hour of `from` to the half-hour of `to` (µs of the day). One Query; a whole day
 * has about 8 KB.
 */
export async function readHalfHours(
  table: TicksTable,
  of: IssueDay,
  from: DayMicros,
  to: DayMicros,
): Promise<FinishedMinutes> {
  const { hours } = of
  const first = halfHourStart(hours, from)
  const items = await itemsBetween(table, of, first, halfHourStart(hours, to))
  let through = first
  const minutes: Bar[] = []
  for (const item of items) {
    const next = nextBarStart(hours, through, HALF_HOUR)
    if (item.time !== halfHourTime(through)) break
    minutes.push(...barsOf(item))
    through = item.through
    if (through !== next) break
  }
  return { minutes, through }
}

/**
 * Returns the items of the half-hours from the half-hour of `from` (µs of the day) to `finished.through`.
 * @param finished all finished minutes from that half-hour on.
 * @param expires epoch seconds.
 */
export function halfHourItems(
  of: IssueDay,
  from: DayMicros,
  { minutes, through }: FinishedMinutes,
  expires: EpochSeconds,
): HalfHourItem[] {
  return startsBetween(of.hours, from, through).map(start => {
    const end = Math.min(through, nextBarStart(of.hours, start, HALF_HOUR))
    return itemOf(of, start, end, minutes, expires)
  })
}

/**
 * Returns the items that replace the stored half-hours of an issue, so that they have no minute from `minute` on (µs of the
 * day); none if they have none. Items after a gap are replaced too: a reader of a later range finds them.
 * @param expires epoch seconds.
 */
export async function cutHalfHours(
  table: TicksTable,
  of: IssueDay,
  minute: DayMicros,
  expires: EpochSeconds,
): Promise<HalfHourItem[]> {
  const items = await itemsBetween(table, of, halfHourStart(of.hours, minute), of.hours.afternoon.end)
  return items
    .map(item => ({ item, start: Number(item.time) }))
    .filter(({ item, start }) => item.through > Math.max(start, minute))
    .map(({ item, start }) => itemOf(of, start, Math.max(start, minute), barsOf(item), expires))
}

/** Reads the items of the half-hours that start from `first` to `last` (µs of the day). */
async function itemsBetween(
  table: TicksTable,
  { issue, date }: IssueDay,
  first: DayMicros,
  last: DayMicros,
): Promise<readonly HalfHourItem[]> {
  const { items } = await query<HalfHourItem>(table, halfHoursKey(issue, date), {
    condition: '#key = :key AND #time BETWEEN :from AND :to',
    values: { ':from': halfHourTime(first), ':to': halfHourTime(last) },
  })
  return items
}

function barsOf(item: HalfHourItem): Bar[] {
  const rows = JSON.parse(String(inflateRawSync(item.minutes))) as MinuteRow[]
  return rows.map(barOf)
}

function itemOf(
  { issue, date }: IssueDay,
  start: DayMicros,
  end: DayMicros,
  minutes: readonly Bar[],
  expires: EpochSeconds,
): HalfHourItem {
  const rows = minutes.filter(({ time }) => time >= start && time < end).map(rowOf)
  return {
    key: halfHoursKey(issue, date),
    time: halfHourTime(start),
    expires,
    through: end,
    minutes: deflateRawSync(JSON.stringify(rows)),
  }
}

/** Returns the starts of the half-hours from the half-hour of `from` on that start before `through`. */
function startsBetween(hours: Hours, from: DayMicros, through: DayMicros): DayMicros[] {
  const starts: DayMicros[] = []
  for (let start = halfHourStart(hours, from); start < through; start = nextBarStart(hours, start, HALF_HOUR))
    starts.push(start)
  return starts
}

function halfHourStart(hours: Hours, time: DayMicros): DayMicros {
  return barStart(hours, time, HALF_HOUR)
}
