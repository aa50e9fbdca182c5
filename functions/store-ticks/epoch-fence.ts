/**
 * Drops envelopes that an ingest task sends after a newer task has taken over its lane.
 *
 * The newer task publishes again every tick after the envelope that it follows (docs/envelope-format.md). A pack made of a
 * few late ticks could replace a longer pack, or hide it from readers: they find a pack by its start.
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
  /** Notes the epochs of each lane in a batch, and the records with which they start. */
  observe(batch: readonly DecodedRecord[]): void
  /** Returns whether a newer epoch of the record's lane and trading date started before the record. */
  isLate(record: DecodedRecord): boolean
}

/**
 * Creates the fence of an execution environment, which knows no epoch yet. It learns the epochs from its first batch:
 * all batches but the shortest have a key frame of each lane.
 *
 * The fence compares places in the stream, not arrival, so an old batch that is delivered again is not late.
 */
export function createEpochFence(): EpochFence {
  /** By lane and date, by epoch: the sequence number at which the epoch starts, as far as it is known. */
  const lanes = new Map<string, Map<EpochMillis, bigint>>()
  const startsOf = ({ line, lane, tradingDate }: Envelope): Map<EpochMillis, bigint> => {
    const name = `${laneName(line, lane)} ${tradingDate}`
    const starts = lanes.get(name) ?? new Map<EpochMillis, bigint>()
    lanes.set(name, starts)
    return starts
  }
  return {
    observe(batch) {
      const seen = new Set<string>()
      for (const { sequenceNumber, envelope } of batch) {
        const { line, lane, tradingDate, epoch, counter } = envelope
        const name = `${laneName(line, lane)} ${tradingDate} ${epoch}`
        if (seen.has(name)) continue
        seen.add(name)
        // If the first envelope of an epoch has a counter above 1, the epoch started before this batch.
        const since = BigInt(counter === 1 ? sequenceNumber : batch[0]!.sequenceNumber)
        const starts = startsOf(envelope)
        const known = starts.get(epoch)
        if (known === undefined || since < known) starts.set(epoch, since)
      }
    },
    isLate({ sequenceNumber, envelope }) {
      const place = BigInt(sequenceNumber)
      return [...startsOf(envelope)].some(([epoch, since]) => epoch > envelope.epoch && place >= since)
    },
  }
}
