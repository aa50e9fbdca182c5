/** How long a batch of store-ticks lasts: Lambda ends it at its window, its records or its bytes, whichever is first. */
import { SHARDS_AWAKE } from '../cdk/settings.ts'
import { LINES } from '../market/lane.ts'

/** What cdk/store.ts asks for. */
const WINDOW_SECONDS = 60
const MOST_RECORDS = 10_000
/** Most bytes of an event (Lambda quotas). */
const MOST_BYTES = 6 * 1024 * 1024
/** JSON of a Kinesis record in an event without its data: names, numbers and ARNs. */
const RECORD_BYTES = 600

/**
 * Seconds that a batch of one shard lasts.
 * @param envelopes of one line, all of so many `seconds`; the other lines send as much.
 */
export function batchSeconds(envelopes: readonly Uint8Array[], seconds: number): number {
  const perSecond = LINES / SHARDS_AWAKE / seconds
  const records = envelopes.length * perSecond
  // In the event the data is base64.
  const data = envelopes.reduce((sum, { length }) => sum + 4 * Math.ceil(length / 3), 0)
  const bytes = data * perSecond + records * RECORD_BYTES
  return Math.min(WINDOW_SECONDS, MOST_RECORDS / records, MOST_BYTES / bytes)
}
