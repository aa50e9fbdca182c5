/** Counts stored ticks for two benchmarks: items of packs, and the baseline of one JSON item a tick. */
import { KEEP_DAYS } from '../cdk/sizing.ts'
import { decodeEnvelope } from '../market/codec/envelope.ts'
import type { Tick } from '../market/tick.ts'
import { asEpochSeconds } from '../market/units.ts'
import type { TicksItem } from '../tables/ticks/ticks-item.ts'
import { itemBytes, writeUnits } from '../tables/ticks/write-units.ts'
import { jsonItem } from './delayed/json-items.ts'
import type { OpeningOptions } from './opening.ts'
import type { Batch } from './store-batches.ts'

/** Loads of a calm hour and of the opening, long enough to fill a batch of one lane. */
export const CALM: OpeningOptions = { ticksPerSecond: 3_000, seconds: 70 }
export const BUSY: OpeningOptions = { ticksPerSecond: 30_000, seconds: 45 }

/** Every sixth tick becomes a JSON item. The items of all ticks would fill the memory. */
const ITEM_ONE_IN = 6

/** Expiry of the items, epoch seconds. Only the number of its digits affects the counts. */
export const EXPIRY = asEpochSeconds(Math.floor(Date.now() / 1000) + KEEP_DAYS * 86_400)

/** DynamoDB adds these bytes to each item for its index. They count for storage, not for writes (developer guide). */
export const INDEX_BYTES = 100

export interface Stored {
  /** Item bytes as DynamoDB counts them for writes. */
  readonly bytes: number
  readonly units: number
  readonly items: number
}

export function storedOf(items: readonly object[]): Stored {
  return {
    bytes: items.reduce((sum, item) => sum + itemBytes(item), 0),
    units: items.reduce((sum, item) => sum + writeUnits(item), 0),
    items: items.length,
  }
}

/** Returns the ticks of some batches by issue, in order. */
export function groupsOf(batches: readonly Batch[]): Tick[][] {
  const ticks = batches.flatMap(({ records }) =>
    records.flatMap(({ bytes }) => {
      const envelope = decodeEnvelope(bytes)
      return envelope.kind === 'ticks' ? envelope.ticks : []
    }),
  )
  return [...Map.groupBy(ticks, ({ board }) => board.issue).values()]
}

/** Returns every sixth tick. */
export function sampleOf(ticks: readonly Tick[]): Tick[] {
  return ticks.filter((_, index) => index % ITEM_ONE_IN === 0)
}

/** Returns the items of the baseline for a sample of the ticks. They expire like packs. */
export function jsonItemsOf(ticks: readonly Tick[]): TicksItem[] {
  return sampleOf(ticks).map(tick => ({ ...jsonItem(tick), expires: EXPIRY }))
}
