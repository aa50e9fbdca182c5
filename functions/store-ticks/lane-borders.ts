/**
 * How far the batches of a lane have come: sequences behind which the next packs begin.
 *
 * A read goes by the start of a pack. If the last pack of a batch ends at a tick, and the same ticks come again in a
 * longer batch, a pack that goes on beyond that tick but begins earlier would be hidden behind the old one. So no pack
 * goes across the end of an earlier batch, finished or not.
 */
import { laneName } from '../../market/lane.ts'
import { getAll, type Item } from '../../tables/dynamodb.ts'
import { bordersKeys, EXPIRES, KEY, TIME } from '../../tables/ticks/ticks-item.ts'
import type { TicksTable } from './store-batch.ts'

/** The name of the attribute: sequences, separated by commas. */
const BORDERS = 'borders'

/** What a batch has of one lane and trading date. */
export interface Stretch {
  readonly line: number
  readonly lane: number
  readonly tradingDate: number
  /** Sequences of its ticks. */
  first: number
  last: number
}

/** By {@link nameOf}. */
export type Borders = ReadonlyMap<string, readonly number[]>

export function stretchName({ line, lane, tradingDate }: Omit<Stretch, 'first' | 'last'>): string {
  return `${laneName(line, lane)}#${tradingDate}`
}

/** The borders of `stretches`, as batches before have left them. */
export async function readBorders(
  { client, table }: TicksTable,
  stretches: readonly Stretch[],
): Promise<Borders> {
  const keys = stretches.map(keysOf)
  const found = await getAll({ client, table }, keys)
  const byKey = new Map(found.map(item => [keyText(item), item[BORDERS]?.S ?? '']))
  return new Map(
    stretches.map((stretch, index) => {
      const text = byKey.get(keyText(keys[index]!)) ?? ''
      return [stretchName(stretch), text === '' ? [] : text.split(',').map(Number)]
    }),
  )
}

/**
 * The borders with the end of `stretch`. Of those before it only the last is kept: the stream has gone on, so all up to
 * there is stored.
 */
export function bordersItem(stretch: Stretch, borders: readonly number[], expires: number): Item {
  const { first, last } = stretch
  const before = Math.max(...borders.filter(border => border < first))
  const kept = borders.filter(border => border >= first || border === before)
  const all = [...new Set([...kept, last])].sort((a, b) => a - b)
  return { ...keysOf(stretch), [BORDERS]: { S: all.join(',') }, [EXPIRES]: { N: String(expires) } }
}

function keysOf({ line, lane, tradingDate }: Stretch): Item {
  return bordersKeys(laneName(line, lane), tradingDate)
}

function keyText(item: Item): string {
  return `${item[KEY]?.S} ${item[TIME]?.S}`
}
