/** Writes what readers can do without, after a batch is stored: half-hours and totals. An error is reported, not thrown. */
import { startPatience } from '../../lambda/patience.ts'
import { addMillis, type EpochMillis, type EpochSeconds, nowMillis } from '../../market/units.ts'
import { withoutUndefined } from '../../market/without-undefined.ts'
import { DeadlineError } from '../../tables/retry.ts'
import { putItems } from '../../tables/ticks/put-items.ts'
import type { TicksItem } from '../../tables/ticks/ticks-item.ts'
import { createPace, type Pace } from '../../tables/ticks/write-pace.ts'
import { type CalendarTable, extendedHalfHours } from './half-hour-writer.ts'
import type { LaneRange } from './lane-borders.ts'
import type { IssueTicks, PassedRecord } from './read-batch.ts'
import { totalsItems, type WrittenTotals } from './totals-writer.ts'

/** Time for each kind (ms). The batch is stored already, and the next batch of the lane waits. */
const ASIDE_LIMIT_MS = 10_000

export interface AsideOptions extends CalendarTable {
  /** Write units a second for each lane in the batch. A lane is in one batch at a time. */
  readonly unitsPerLane: number
  /** What this execution environment has written. Default: nothing, so each batch writes its totals. */
  readonly writtenTotals?: WrittenTotals
}

export interface Aside {
  readonly written: readonly TicksItem[]
  /** Why the half-hours of the stored issues could not be extended. A later batch extends them. */
  readonly halfHourError?: unknown
  /** Why the totals of the lanes could not be written. The next batch of a lane writes them again, or newer totals. */
  readonly totalsError?: unknown
}

/**
 * @param stored issues whose ticks are stored.
 * @param passed records that are stored.
 * @param expires epoch seconds.
 */
export async function writeAside(
  { stored, passed }: { readonly stored: readonly IssueTicks[]; readonly passed: readonly PassedRecord[] },
  options: AsideOptions,
  expires: EpochSeconds,
  deadline: EpochMillis,
): Promise<Aside> {
  const ranges = [...new Set(stored.map(({ range }) => range))]
  // An issue may be in several stretches. The last has its last tick.
  const issues = new Map(stored.map(({ ticks }) => [ticks[0]!.board.issue, ticks]))
  const halfHours = await put(options, deadline, paceOf(ranges, options), async () =>
    issues.size === 0 ? [] : extendedHalfHours(options, [...issues.values()], expires),
  )
  const lanes = passed.map(({ envelope }) => envelope)
  const { writtenTotals } = options
  const totals = await put(options, deadline, paceOf(lanes, options), async () => {
    const items = totalsItems(passed, expires)
    return writtenTotals?.changed(items) ?? items
  })
  writtenTotals?.note(totals.written)
  return {
    written: [...halfHours.written, ...totals.written],
    ...withoutUndefined({ halfHourError: halfHours.error, totalsError: totals.error }),
  }
}

async function put<Item extends TicksItem>(
  options: AsideOptions,
  deadline: EpochMillis,
  pace: Pace,
  itemsOf: () => Promise<readonly Item[]>,
): Promise<{ written: readonly Item[]; error?: unknown }> {
  // The time after the deadline is for reporting what is not stored.
  if (nowMillis() >= deadline) return { written: [] }
  const limit = addMillis(nowMillis(), Math.min(ASIDE_LIMIT_MS, deadline - nowMillis()))
  const patience = startPatience(limit - nowMillis())
  const expired = patience.over.then(() => {
    throw new DeadlineError('expected an answer of the ticks table in time, got none')
  })
  try {
    const items = await Promise.race([itemsOf(), expired])
    const left = await putItems(options, items, limit, pace)
    const written = items.filter(item => !left.includes(item))
    if (left.length === 0) return { written }
    return {
      written,
      error: new DeadlineError(`expected ${items.length} items written in time, got ${left.length} left`),
    }
  } catch (error) {
    return { written: [], error }
  } finally {
    expired.catch(() => {})
    patience.end()
  }
}

/** Returns the pace of a batch: its lanes share it. */
export function paceOf(
  lanes: readonly Pick<LaneRange, 'line' | 'lane'>[],
  { unitsPerLane }: Pick<AsideOptions, 'unitsPerLane'>,
): Pace {
  return createPace(unitsPerLane * new Set(lanes.map(({ line, lane }) => `${line} ${lane}`)).size)
}
