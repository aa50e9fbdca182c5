/**
 * Keeps the half-hours of busy issues: extends them after ticks are stored, and cuts them before ticks are stored that
 * may change them.
 */
import { eachOf } from '../../lambda/each-of.ts'
import { barStart } from '../../market/bar-times.ts'
import { F, fieldOf } from '../../market/board.ts'
import type { Calendar } from '../../market/calendar/calendar.ts'
import type { Tick } from '../../market/tick.ts'
import type { EpochSeconds } from '../../market/units.ts'
import { cutHalfHours, halfHourItems, type IssueDay } from '../../tables/ticks/half-hours.ts'
import { finishedMinutes, readFinished } from '../../tables/ticks/read-minutes.ts'
import type { HalfHourItem } from '../../tables/ticks/ticks-item.ts'
import type { TicksTable } from '../../tables/ticks/ticks-table.ts'

/**
 * Messages of an issue between two extensions of its half-hours. A reader of today's bars reads about as many ticks:
 * 2,000 ticks are 4 read units and 8 ms. An extension costs one write unit, so at most 0.0005 units a tick.
 */
export const MESSAGES_PER_EXTENSION = 2_000
/** The most ticks that one extension reads, about 0.2 s. More than the busiest issue has in a minute. */
const TICKS_PER_EXTENSION = 50_000
/** At most this many issues of a batch are read at the same time. */
const READS_IN_FLIGHT = 16

/** The ticks table, and the calendar whose hours divide its days. */
export interface CalendarTable extends TicksTable {
  readonly calendar: Calendar
}

/**
 * Returns the half-hours with the minutes that are finished now, of the issues for which an extension is due.
 * @param stored the ticks of issues of the batch, by issue, after they were stored.
 */
export function extendedHalfHours(
  table: CalendarTable,
  stored: readonly (readonly Tick[])[],
  expires: EpochSeconds,
): Promise<HalfHourItem[]> {
  return itemsOfEach(stored.filter(isExtensionDue), ticks => extendTo(table, ticks.at(-1)!, expires))
}

/** Returns the half-hours of an issue with the minutes that are finished before its last stored tick. */
export async function extendTo(
  { client, table, calendar }: CalendarTable,
  last: Tick,
  expires: EpochSeconds,
): Promise<HalfHourItem[]> {
  // A consistent read sees the packs of this batch.
  const ticks = { client, table, consistent: true }
  const of = issueDayOf(last, calendar)
  const before = await readFinished(ticks, of)
  const now = await finishedMinutes(ticks, of, before, last.time, TICKS_PER_EXTENSION)
  return now === before ? [] : halfHourItems(of, before.through, now, expires)
}

/**
 * Returns half-hours without the minutes that a batch may change: those from its first tick on. The batch is older than
 * stored ticks, so its minutes may be finished already.
 */
export function cutBefore(
  { client, table, calendar }: CalendarTable,
  older: readonly (readonly Tick[])[],
  expires: EpochSeconds,
): Promise<HalfHourItem[]> {
  const ticks = { client, table, consistent: true }
  return itemsOfEach(older, async issueTicks => {
    const first = issueTicks[0]!
    const of = issueDayOf(first, calendar)
    const minute = barStart(of.hours, first.time)
    return cutHalfHours(ticks, of, minute, expires)
  })
}

/** The exchange numbers the messages of an issue. An extension is due after each {@link MESSAGES_PER_EXTENSION}. */
function isExtensionDue(ticks: readonly Tick[]): boolean {
  const first = fieldOf(ticks[0]!.board, F.updateNumber)
  const last = fieldOf(ticks.at(-1)!.board, F.updateNumber)
  if (first === undefined || last === undefined) return false
  const extensions = (messages: number): number => Math.floor(messages / MESSAGES_PER_EXTENSION)
  return extensions(last) > extensions(first - 1)
}

function issueDayOf({ board, tradingDate }: Tick, calendar: Calendar): IssueDay {
  return { issue: board.issue, date: tradingDate, hours: calendar.hoursOf(tradingDate) }
}

async function itemsOfEach(
  issues: readonly (readonly Tick[])[],
  itemsOf: (ticks: readonly Tick[]) => Promise<HalfHourItem[]>,
): Promise<HalfHourItem[]> {
  const items: HalfHourItem[] = []
  await eachOf(issues, READS_IN_FLIGHT, async ticks => {
    items.push(...(await itemsOf(ticks)))
  })
  return items
}
