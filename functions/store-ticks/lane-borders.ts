/**
 * The borders of a lane: the last sequence of each earlier batch. No pack spans a border.
 *
 * A reader finds a pack by its start. Suppose the last pack of a batch ends at a tick, and the same ticks come again in
 * a longer batch. A new pack that starts earlier and continues after that tick would be hidden by the old pack, which
 * starts later. So each pack ends where an earlier batch ended, whether that batch was stored completely or not.
 */
import { laneName } from '../../market/lane.ts'
import type { EpochMillis, EpochSeconds, TradingDate } from '../../market/units.ts'
import { getItems, putIf, unchanged } from '../../tables/dynamodb.ts'
import { TryAgain } from '../../tables/retry.ts'
import { type BordersItem, bordersKey, type TicksKey } from '../../tables/ticks/ticks-item.ts'
import type { TicksTable } from '../../tables/ticks/ticks-table.ts'
import { untilDeadline } from './until-deadline.ts'

/** The sequences that a batch has of one lane and trading date. */
export interface LaneRange {
  readonly line: number
  readonly lane: number
  readonly tradingDate: TradingDate
  first: number
  last: number
}

export interface LaneBorders {
  /** Rising, with the end of the batch. */
  readonly borders: readonly number[]
  /** The furthest end of an earlier batch, or of an earlier attempt at the same batch; 0 if there is none. */
  readonly reached: number
}

/** The borders of each range, by {@link rangeName}. */
export type Borders = ReadonlyMap<string, LaneBorders>

/** Names the lane and trading date of a range: `1-0#20261120`. */
export function rangeName({ line, lane, tradingDate }: Omit<LaneRange, 'first' | 'last'>): string {
  return `${laneName(line, lane)}#${tradingDate}`
}

/**
 * Adds the end of each range to the borders of its lane, and returns the borders with it.
 *
 * The item of a lane is replaced only if it still has the borders that were read. Otherwise a request that DynamoDB
 * carries out late, after its sender has sent it again, would take away the borders of later batches.
 * @param expires epoch seconds.
 * @throws DeadlineError if the table did not take them by `deadline` (epoch ms).
 */
export async function addBorders(
  table: TicksTable,
  ranges: readonly LaneRange[],
  expires: EpochSeconds,
  deadline: EpochMillis,
): Promise<Borders> {
  const added = ranges.map(async range => {
    const borders = await untilDeadline(deadline, () => addBorder(table, range, expires, deadline))
    return [rangeName(range), borders] as const
  })
  return new Map(await Promise.all(added))
}

async function addBorder(
  { client, table }: TicksTable,
  range: LaneRange,
  expires: EpochSeconds,
  deadline: EpochMillis,
): Promise<LaneBorders | TryAgain> {
  const [before] = await getItems<BordersItem>({ client, table }, [keyOf(range)], deadline)
  const earlier = bordersIn(before)
  const item = bordersItem(range, earlier, expires)
  const isWritten =
    item.borders === before?.borders ||
    (await putIf<BordersItem>({ client, table }, item, unchanged('borders', before?.borders)))
  if (!isWritten) return new TryAgain('a concurrent change')
  return { borders: bordersIn(item), reached: Math.max(0, ...earlier) }
}

function bordersIn(item: BordersItem | undefined): readonly number[] {
  return item?.borders.split(',').map(Number) ?? []
}

/**
 * Returns the item with a lane's borders, including the end of `range`.
 *
 * Only the last of the borders before the range is kept: the stream has moved on, so everything up to it is stored.
 * @param expires epoch seconds.
 */
export function bordersItem(
  range: LaneRange,
  borders: readonly number[],
  expires: EpochSeconds,
): BordersItem {
  const { first, last } = range
  const lastBefore = Math.max(...borders.filter(border => border < first))
  const kept = borders.filter(border => border >= first || border === lastBefore)
  const all = [...new Set([...kept, last])].sort((a, b) => a - b)
  return { ...keyOf(range), borders: all.join(','), expires }
}

function keyOf({ line, lane, tradingDate }: LaneRange): TicksKey {
  return bordersKey(laneName(line, lane), tradingDate)
}
