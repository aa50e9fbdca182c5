import type { Decoder, Item } from '../../tools/decode/item.ts'

/** All that a decoder yields of these chunks. */
export function decodeAll(decoder: Decoder, chunks: readonly Buffer[]): Item[] {
  return [...chunks.flatMap(chunk => [...decoder.read(chunk)]), ...decoder.end()]
}

/** What a reader of the JSON gets, in order. */
export function shownOf(items: readonly Item[]): Record<string, unknown>[] {
  return items.flatMap(item => ('shown' in item ? [JSON.parse(JSON.stringify(item.shown))] : []))
}

export function faultsOf(items: readonly Item[]): string[] {
  return items.flatMap(item => ('fault' in item ? [item.fault] : []))
}
