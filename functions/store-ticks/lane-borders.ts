/**
 * The borders of a lane: the last sequence of each earlier batch. No pack spans a border.
 *
 * A reader finds a pack by its start. Suppose the last pack of a batch ends at a tick, and the same ticks come again in
 * a longer batch. A new pack that starts earlier and continues after that tick would be hidden by the old pack, which
 * starts later. So each pack ends where an earlier batch ended, whether that batch was stored completely or not.
 */
import { laneName } from '../../market/lane.ts'
import type { TradingDate } from '../../market/units.ts'
import { getAll, type Item } from '../../tables/dynamodb.ts'
import { bordersKeys, EXPIRES, KEY, TIME } from '../../tables/ticks/ticks-item.ts'
import type { TicksTable } from '../../tables/ticks/ticks-table.ts'

/** Attribute with the borders: sequences, separated by commas. */
const BORDERS = 'borders'

/** The sequences that a batch has of one lane and trading date. */
export interface LaneRange {
  readonly line: number
  readonly lane: number
  readonly tradingDate: TradingDate
  first: number
  last: number
}

/** The borders of each range, by {@link rangeName}. */
export type Borders = ReadonlyMap<string, readonly number[]>

/** Names the lane and trading date of a range: `1-0#20261120`. */
export function rangeName({ line, lane, tradingDate }: Omit<LaneRange, 'first' | 'last'>): string {
  return `${laneName(line, lane)}#${tradingDate}`
}

/** Reads the borders that earlier batches have stored. */
export async function readBorders(
  { client, table }: TicksTable,
  ranges: readonly LaneRange[],
): Promise<Borders> {
  const keys = ranges.map(keysOf)
  const items = await getAll({ client, table }, keys)
  const bordersByKey = new Map(items.map(item => [keyText(item), item[BORDERS]?.S ?? '']))
  return new Map(
    ranges.map((range, index) => {
      const text = bordersByKey.get(keyText(keys[index]!)) ?? ''
      return [rangeName(range), text === '' ? [] : text.split(',').map(Number)]
    }),
  )
}

/**
 * Returns the item with a lane's borders, including the end of `range`.
 *
 * Of the borders before the range only the last is kept: the stream has moved on, so everything up to there is stored.
 */
export function bordersItem(range: LaneRange, borders: readonly number[], expires: number): Item {
  const { first, last } = range
  const lastBefore = Math.max(...borders.filter(border => border < first))
  const kept = borders.filter(border => border >= first || border === lastBefore)
  const all = [...new Set([...kept, last])].sort((a, b) => a - b)
  return { ...keysOf(range), [BORDERS]: { S: all.join(',') }, [EXPIRES]: { N: String(expires) } }
}

function keysOf({ line, lane, tradingDate }: LaneRange): Item {
  return bordersKeys(laneName(line, lane), tradingDate)
}

function keyText(item: Item): string {
  return `${item[KEY]?.S} ${item[TIME]?.S}`
}
