/**
 * Drops envelopes that an ingest task sends after a newer task has taken over its lane.
 *
 * The newer task continues from what was published before it started, so it sends the same ticks again, and more after
 * them. A pack made of a few late ticks could replace a longer pack, or hide it from readers: they find a pack by its
 * start.
 *
 * Each task numbers its envelopes under an epoch of its own; a newer task has a higher epoch.
 */
import type { Envelope } from '../../market/codec/envelope.ts'
import { laneName } from '../../market/lane.ts'
import type { EpochMillis } from '../../market/units.ts'

/** A record of the stream whose envelope has been decoded. */
export interface DecodedRecord {
  /** The record's place in its shard, a decimal number that rises. */
  readonly sequenceNumber: string
  readonly envelope: Envelope
}

export interface EpochFence {
  /** Notes the newest epoch of each lane in a batch, and the record with which it starts. */
  observe(batch: readonly DecodedRecord[]): void
  /** Returns whether a newer epoch of the record's lane started before the record. */
  isLate(record: DecodedRecord): boolean
}

/**
 * Creates the fence of an execution environment, which knows no epoch yet. It learns the epochs from its first batch:
 * all batches but the shortest have a key frame of each lane.
 *
 * The fence compares places in the stream, not arrival, so an old batch that is delivered again is not late.
 */
export function createEpochFence(): EpochFence {
  /** The newest epoch of each lane, and the sequence number at which it starts. */
  const newest = new Map<string, { readonly epoch: EpochMillis; readonly since: bigint }>()
  const laneOf = ({ line, lane }: Envelope): string => laneName(line, lane)
  return {
    observe(batch) {
      for (const { sequenceNumber, envelope } of batch) {
        const { epoch, counter } = envelope
        if (epoch <= (newest.get(laneOf(envelope))?.epoch ?? 0)) continue
        // If the first envelope of an epoch has a counter above 1, the epoch started before this batch.
        const since = BigInt(counter === 1 ? sequenceNumber : batch[0]!.sequenceNumber)
        newest.set(laneOf(envelope), { epoch, since })
      }
    },
    isLate({ sequenceNumber, envelope }) {
      const current = newest.get(laneOf(envelope))
      return (
        current !== undefined && envelope.epoch < current.epoch && BigInt(sequenceNumber) >= current.since
      )
    },
  }
}
