/** Ticks of one issue become items of the ticks table. */
import { encodePack } from '../../market/codec/pack.ts'
import type { Tick } from '../../market/tick.ts'
import type { Item } from '../../tables/dynamodb.ts'
import { packItem } from '../../tables/ticks/ticks-item.ts'
import { itemBytes } from '../../tables/ticks/write-units.ts'

/** Ticks in one pack: a read replays at most as many, in some 4 ms. */
export const MAX_PACK_TICKS = 1_000
/**
 * Bytes of one item. Half a read unit pays for 4 KB (DynamoDB, eventually consistent), so that the board as of a moment
 * costs two at most. What is left of 16 KB makes up for sizes of numbers, which DynamoDB tells only about.
 */
export const MAX_ITEM_BYTES = 16_000

/**
 * By rising sequence, each once. Of doubles the one with a trade stays, else one that knows of no loss: a snapshot
 * repeats a tick without its trade, and a process that begins with one cannot know what another had told before.
 */
export function inOrder(ticks: readonly Tick[]): Tick[] {
  const ordered: Tick[] = []
  for (const tick of ticks.toSorted((a, b) => a.sequence - b.sequence)) {
    const last = ordered.at(-1)
    if (last?.sequence !== tick.sequence) ordered.push(tick)
    else if (last.trade === undefined && (tick.trade !== undefined || last.lost))
      ordered[ordered.length - 1] = tick
  }
  return ordered
}

/**
 * The fewest packs of nearly equal length that keep the limits; none goes across a border.
 * @param ticks by rising sequence, of one issue and trading date.
 * @param borders sequences behind which a pack has to begin.
 * @param expires epoch seconds.
 * @param behind what comes after the last tick in the stored pack in which that stands. It goes on standing in one pack
 * with it, whatever the borders: a pack that begins behind the tick could take the place of one that reaches further.
 */
export function packItems(
  ticks: readonly Tick[],
  borders: readonly number[],
  expires: number,
  behind: readonly Tick[] = [],
): Item[] {
  const own = behind.length === 0 ? ticks : ticks.slice(0, -1)
  const parts = Map.groupBy(own, ({ sequence }) => borders.filter(border => border < sequence).length)
  const items = [...parts.values()].flatMap(part => itemsOf(part, expires))
  return behind.length === 0 ? items : [...items, itemOf([ticks.at(-1)!, ...behind], expires)]
}

function itemOf(ticks: readonly Tick[], expires: number): Item {
  const first = ticks[0]!
  return packItem(first.board.issue, first.tradingDate, first, encodePack(ticks), expires)
}

function itemsOf(ticks: readonly Tick[], expires: number): Item[] {
  if (ticks.length > MAX_PACK_TICKS) return parted(ticks, Math.ceil(ticks.length / MAX_PACK_TICKS), expires)
  const item = itemOf(ticks, expires)
  const bytes = itemBytes(item)
  if (bytes <= MAX_ITEM_BYTES || ticks.length === 1) return [item]
  return parted(ticks, Math.ceil(bytes / MAX_ITEM_BYTES), expires)
}

function parted(ticks: readonly Tick[], parts: number, expires: number): Item[] {
  return Array.from({ length: parts }, (_, part) =>
    ticks.slice((part * ticks.length) / parts, ((part + 1) * ticks.length) / parts),
  ).flatMap(some => itemsOf(some, expires))
}
