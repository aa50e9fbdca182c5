/** Knows up to which market time the ticks of an issue are stored, by the watermarks of the lanes. */
import type { Hours } from '../market/calendar/hours.ts'
import type { Clock } from '../market/clock.ts'
import { LINE_NUMBERS, laneName, laneNames, laneOf } from '../market/lane.ts'
import { DAY_MICROSECONDS, dateOf, momentOf } from '../market/moment.ts'
import { awakeHours } from '../market/phase.ts'
import {
  asEpochMicros,
  type EpochMicros,
  type EpochMillis,
  earlierOf,
  laterOf,
  nowMillis,
  type TradingDate,
} from '../market/units.ts'
import type { TicksTable } from '../tables/ticks/ticks-table.ts'
import { isStoredToEnd, type LaneStored, readWatermarks } from '../tables/ticks/watermarks.ts'

/** Watermarks of today are read again after this real time (ms): one Query a second, whatever an environment answers. */
const TODAY_AGE_MS = 1_000
/** Watermarks of an earlier date change only by a repair. */
const PAST_AGE_MS = 60_000
/** Dates that an environment remembers: more than the ticks table keeps. */
const MAX_DATES = 64
/** The watermark of a lane of which nothing is stored. */
const NEVER = asEpochMicros(0)

/** The issues of an answer. */
export type Issues = readonly string[] | 'all'

export interface Storing {
  /**
   * Returns the market time (epoch µs) up to which every tick of `issues`, or of all issues, on a trading date is stored: at least the time
   * at which the system started, and the end of the date if no tick can follow.
   * @param hours the hours of the date.
   */
  until(date: TradingDate, hours: Hours, issues: Issues): Promise<EpochMicros>
}

export interface StoringParts {
  readonly clock: Clock
  readonly ticks: TicksTable
  /** Lanes of a line. */
  readonly lanes: number
  /** Returns the line of an issue; undefined if it is unknown. All lines count then. */
  lineOf(issue: string): Promise<number | undefined>
}

export function createStoring({ clock, ticks, lanes, lineOf }: StoringParts): Storing {
  const read = cachedReads(clock, date => readWatermarks(ticks, date, nowMillis()))
  async function lanesOf(issues: Issues): Promise<readonly string[]> {
    if (issues === 'all') return laneNames(lanes)
    const lines = await Promise.all(issues.map(lineOf))
    return issues.flatMap((issue, index) =>
      (lines[index] === undefined ? LINE_NUMBERS : [lines[index]]).map(line =>
        laneName(line, laneOf(issue, lanes)),
      ),
    )
  }
  return {
    async until(date, hours, issues) {
      const [stored, needed] = await Promise.all([read(date), lanesOf(issues)])
      const untilOf = new Map(stored.map(({ lane, until }) => [lane, until]))
      // An answer without issues lacks nothing: all issues of a request may be unknown.
      const end = momentOf(date, DAY_MICROSECONDS - 1)
      return storedUntil(date, hours, needed.map(lane => untilOf.get(lane) ?? NEVER).reduce(earlierOf, end))
    },
  }
}

/** @param watermark the least watermark, epoch µs; 0 if there is none. */
export function storedUntil(date: TradingDate, hours: Hours, watermark: EpochMicros): EpochMicros {
  if (isStoredToEnd(date, hours, watermark)) return momentOf(date, DAY_MICROSECONDS - 1)
  return laterOf(watermark, momentOf(date, awakeHours(hours).start))
}

/** Keeps what was read of each date for some time. A failed read is not kept. */
function cachedReads(
  clock: Clock,
  read: (date: TradingDate) => Promise<LaneStored[]>,
): (date: TradingDate) => Promise<LaneStored[]> {
  const reads = new Map<TradingDate, { readonly at: EpochMillis; readonly lanes: Promise<LaneStored[]> }>()
  return date => {
    const held = reads.get(date)
    const now = nowMillis()
    const age = date < dateOf(clock.now()) ? PAST_AGE_MS : TODAY_AGE_MS
    if (held !== undefined && now - held.at < age) return held.lanes
    const lanes = read(date)
    const entry = { at: now, lanes }
    lanes.catch(() => {
      if (reads.get(date) === entry) reads.delete(date)
    })
    reads.delete(date)
    reads.set(date, entry)
    if (reads.size > MAX_DATES) reads.delete(reads.keys().next().value!)
    return lanes
  }
}
