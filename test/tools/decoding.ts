import type { Decoder, Item } from '../../tools/decode/item.ts'

/** Returns every item that a decoder yields for these chunks. */
export function decodeAll(decoder: Decoder, chunks: readonly Buffer[]): Item[] {
  return [...chunks.flatMap(chunk => [...decoder.read(chunk)]), ...decoder.end()]
}

/** Returns the shown objects as a reader of the JSON receives them, in order. */
export function shownOf(items: readonly Item[]): Record<string, unknown>[] {
  return items.flatMap(item => ('shown' in item ? [JSON.parse(JSON.stringify(item.shown))] : []))
}

export function faultsOf(items: readonly Item[]): string[] {
  return items.flatMap(item => ('fault' in item ? [item.fault] : []))
}
