/**
 * Keeps out what a process says after another one has taken over its lane.
 *
 * The other one goes on from what was published before it began, so it says all of that too, in packs that hold more.
 * A pack of a few late ticks would replace such a pack, or hide it from readers, who go by the start of a pack.
 */
import type { Envelope } from '../../market/codec/envelope.ts'
import { laneName } from '../../market/lane.ts'

/** An envelope with its place in the stream, a number that grows. */
export interface Placed {
  readonly sequenceNumber: string
  readonly envelope: Envelope
}

export interface Fence {
  /** Learns from a batch, in its order, which processes have begun, and where. */
  learn(batch: readonly Placed[]): void
  isLate(placed: Placed): boolean
}

/**
 * What is learned goes by places in the stream, so that an old batch which comes again is not late. An environment
 * that knows nothing yet learns from the batch itself: all but the shortest hold the key frames of each lane.
 */
export function createFence(): Fence {
  /** The newest process of each lane. */
  const newest = new Map<string, { readonly epoch: number; readonly since: bigint }>()
  const nameOf = ({ line, lane }: Envelope): string => laneName(line, lane)
  return {
    learn(batch) {
      for (const { sequenceNumber, envelope } of batch) {
        const { epoch, counter } = envelope
        if (epoch <= (newest.get(nameOf(envelope))?.epoch ?? 0)) continue
        // One that has counted on before its first envelope here has begun before the batch.
        const since = BigInt(counter === 1 ? sequenceNumber : batch[0]!.sequenceNumber)
        newest.set(nameOf(envelope), { epoch, since })
      }
    },
    isLate({ sequenceNumber, envelope }) {
      const process = newest.get(nameOf(envelope))
      return (
        process !== undefined && envelope.epoch < process.epoch && BigInt(sequenceNumber) >= process.since
      )
    },
  }
}
