/** What both benchmarks of stored ticks count: items of packs, and the baseline, one JSON item a tick. */
import { KEEP_DAYS } from '../cdk/sizing.ts'
import { decodeEnvelope } from '../market/codec/envelope.ts'
import type { Tick } from '../market/tick.ts'
import type { Item } from '../tables/dynamodb.ts'
import { EXPIRES } from '../tables/ticks/ticks-item.ts'
import { itemBytes, writeUnits } from '../tables/ticks/write-units.ts'
import type { Batch } from './batch.ts'
import { jsonItem } from './delayed/json-items.ts'
import type { OpeningOptions } from './opening.ts'

/** A calm hour, and the opening, long enough that a batch of one lane is full. */
export const CALM: OpeningOptions = { ticksPerSecond: 3_000, seconds: 70 }
export const BUSY: OpeningOptions = { ticksPerSecond: 30_000, seconds: 45 }

/** Of so many ticks one becomes a JSON item: those of all would fill the memory. */
const ITEM_ONE_IN = 6

/** When items expire: no count depends on it, but for the zeros at its end. */
export const EXPIRY = Math.floor(Date.now() / 1000) + KEEP_DAYS * 86_400

/** DynamoDB stores so much with an item, for its index, which storage is paid for but writes are not (guide). */
export const INDEX_BYTES = 100

export interface Stored {
  /** As writes count them. */
  readonly bytes: number
  readonly units: number
  readonly items: number
}

export function storedOf(items: readonly Item[]): Stored {
  return {
    bytes: items.reduce((sum, item) => sum + itemBytes(item), 0),
    units: items.reduce((sum, item) => sum + writeUnits(item), 0),
    items: items.length,
  }
}

/** The ticks of some batches, issue by issue, each in order. */
export function groupsOf(batches: readonly Batch[]): Tick[][] {
  const ticks = batches.flatMap(({ records }) =>
    records.flatMap(({ bytes }) => {
      const envelope = decodeEnvelope(bytes)
      return envelope.kind === 'ticks' ? envelope.ticks : []
    }),
  )
  return [...Map.groupBy(ticks, ({ board }) => board.issue).values()]
}

/** Every so many of the ticks. */
export function sampleOf(ticks: readonly Tick[]): Tick[] {
  return ticks.filter((_, index) => index % ITEM_ONE_IN === 0)
}

/** The baseline's items of a sample of the ticks: they expire as packs do. */
export function jsonItemsOf(ticks: readonly Tick[]): Item[] {
  const expires = { [EXPIRES]: { N: String(EXPIRY) } }
  return sampleOf(ticks).map(tick => ({ ...jsonItem(tick), ...expires }))
}
