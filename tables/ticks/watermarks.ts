/** Reads the watermarks of the lanes: up to which market time every tick of a lane is stored. */
import type { Hours } from '../../market/calendar/hours.ts'
import { LINE_NUMBERS, laneName, laneNames } from '../../market/lane.ts'
import { momentOf } from '../../market/moment.ts'
import { awakeHours } from '../../market/phase.ts'
import type { EpochMicros, EpochMillis, Micros, TradingDate } from '../../market/units.ts'
import { type WatermarkItem, watermarksKey } from './ticks-item.ts'
import { query, type TicksTable } from './ticks-table.ts'

/**
 * Milliseconds after which an eventually consistent read shows a write. DynamoDB reaches all its copies "usually within
 * one second" (FAQ). A reader that has seen a watermark must not miss the packs that were written before it, so a
 * watermark counts only this long after it was written; until then the earlier one counts.
 */
export const SETTLE_MS = 2_000

/**
 * A date whose lanes are stored up to so long before the system stops is stored to its end: no message comes later. The
 * last report of a task is some seconds older than its end.
 */
const LAST_QUIET: Micros = 15 * 60_000_000

/** How far a lane is stored on a trading date. */
export interface LaneStored {
  /** `1-0`. */
  readonly lane: string
  /** Every tick of the lane and date with a time up to this moment is stored: epoch µs. */
  readonly until: EpochMicros
  /** Whether envelopes of the lane were given up and are not stored. */
  readonly isMissingSome: boolean
}

/**
 * Reads the watermarks of a trading date by one Query (half a read unit; all items together have about 1 KB). A lane of
 * which nothing is stored has no entry.
 * @param now epoch ms.
 */
export async function readWatermarks(
  table: TicksTable,
  date: TradingDate,
  now: EpochMillis,
): Promise<LaneStored[]> {
  const { items } = await query<WatermarkItem>(table, watermarksKey(date), {
    condition: '#key = :key AND #time >= :first',
    values: { ':first': laneName(LINE_NUMBERS[0], 0) },
  })
  return items.map(({ time, until, written, settled, missing }) => ({
    lane: time,
    until: now - written >= SETTLE_MS ? until : settled,
    isMissingSome: missing !== '',
  }))
}

/** Returns whether a watermark shows that a date is stored to its end: no tick can follow. */
export function isStoredToEnd(date: TradingDate, hours: Hours, until: EpochMicros): boolean {
  return until >= momentOf(date, awakeHours(hours).end - LAST_QUIET)
}

/** Reads which lanes of all lines are not stored to the end of a date, or lack envelopes that were given up. */
export async function readIncompleteLanes(
  table: TicksTable,
  date: TradingDate,
  hours: Hours,
  lanes: number,
  now: EpochMillis,
): Promise<string[]> {
  const stored = await readWatermarks(table, date, now)
  const whole = new Set(
    stored
      .filter(({ until, isMissingSome }) => isStoredToEnd(date, hours, until) && !isMissingSome)
      .map(({ lane }) => lane),
  )
  return laneNames(lanes).filter(name => !whole.has(name))
}
