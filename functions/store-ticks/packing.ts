/** Packs ticks of one issue into items of the ticks table. */
import { encodePack } from '../../market/codec/pack.ts'
import type { Tick } from '../../market/tick.ts'
import type { EpochSeconds } from '../../market/units.ts'
import { type PackItem, packItem } from '../../tables/ticks/ticks-item.ts'
import { itemBytes } from '../../tables/ticks/write-units.ts'

/** Most ticks in one pack. A read decodes one pack, in about 4 ms. */
export const MAX_PACK_TICKS = 1_000
/**
 * Most bytes in one item. An eventually consistent read costs half a unit for each 4 KB (DynamoDB), so the board as of
 * a moment costs two units at most. The distance to 16 KB (16,384) covers numbers, whose size DynamoDB documents only
 * approximately.
 */
export const MAX_ITEM_BYTES = 16_000

/**
 * Packs ticks into as few items as the limits and borders allow, with packs of nearly equal length.
 * @param ticks ticks of one issue and trading date, by rising sequence, each once.
 * @param borders sequences after which a new pack must start.
 * @param expires epoch seconds.
 * @param storedAfter ticks that are stored after `ticks.at(-1)`, in one pack with it. They are written again in one pack
 * with it, whatever the borders: a pack that starts after that tick could replace a pack that reaches further.
 */
export function packItems(
  ticks: readonly Tick[],
  borders: readonly number[],
  expires: EpochSeconds,
  storedAfter: readonly Tick[] = [],
): PackItem[] {
  const own = storedAfter.length === 0 ? ticks : ticks.slice(0, -1)
  const parts = Map.groupBy(own, ({ sequence }) => borders.filter(border => border < sequence).length)
  const items = [...parts.values()].flatMap(part => itemsWithinLimits(part, expires))
  return storedAfter.length === 0 ? items : [...items, itemOf([ticks.at(-1)!, ...storedAfter], expires)]
}

function itemOf(ticks: readonly Tick[], expires: EpochSeconds): PackItem {
  const first = ticks[0]!
  return packItem(first.board.issue, first.tradingDate, first, encodePack(ticks), expires)
}

function itemsWithinLimits(ticks: readonly Tick[], expires: EpochSeconds): PackItem[] {
  if (ticks.length > MAX_PACK_TICKS)
    return itemsOfParts(ticks, Math.ceil(ticks.length / MAX_PACK_TICKS), expires)
  const item = itemOf(ticks, expires)
  const bytes = itemBytes(item)
  if (bytes <= MAX_ITEM_BYTES || ticks.length === 1) return [item]
  return itemsOfParts(ticks, Math.ceil(bytes / MAX_ITEM_BYTES), expires)
}

/** Splits ticks into `count` parts of nearly equal length, and packs each part. */
function itemsOfParts(ticks: readonly Tick[], count: number, expires: EpochSeconds): PackItem[] {
  return Array.from({ length: count }, (_, part) =>
    ticks.slice((part * ticks.length) / count, ((part + 1) * ticks.length) / count),
  ).flatMap(part => itemsWithinLimits(part, expires))
}
