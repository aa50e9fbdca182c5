/**
 * Reads the end of a lane from the stream: from its last key frame on, or from the first envelope of a process that
 * followed no other. The envelopes may be of several processes.
 */
import { decodeEnvelope, type EnvelopeHeader, type EnvelopeKind } from '../../market/codec/envelope.ts'
import type { Tick } from '../../market/tick.ts'

/** An envelope found in the stream, its body not yet decoded. */
export interface Found {
  readonly kind: EnvelopeKind
  readonly header: EnvelopeHeader
  readonly bytes: Uint8Array
}

export interface LaneTail {
  /** Header of the last envelope. */
  readonly last: EnvelopeHeader
  /** Counter of the last tick; 0 without any tick. */
  readonly sequence: number
  /** The latest tick of every issue, without its trade. */
  readonly boards: readonly Tick[]
}

/** Why the envelopes do not show the end of a lane. */
export interface NoTail {
  readonly reason: string
  /** Whether envelopes that are earlier in the stream may show it. */
  readonly isEarlier: boolean
}

/**
 * Returns the end of a lane.
 * @param found envelopes of the lane, in any order, with repeats.
 * @returns a reason instead, when envelopes after the last key frame are missing.
 */
export function laneTail(found: readonly Found[]): LaneTail | NoTail {
  const epochs = new Map<number, Map<number, Found>>()
  for (const envelope of found) {
    const { epoch, counter } = envelope.header
    const counters = epochs.get(epoch) ?? new Map<number, Found>()
    epochs.set(epoch, counters.set(counter, envelope))
  }
  if (epochs.size === 0) return { reason: 'expected envelopes, found none', isEarlier: true }
  const epoch = Math.max(...epochs.keys())
  const counters = epochs.get(epoch)!
  const last = counters.get(Math.max(...counters.keys()))!.header
  if (last.position === 0) {
    return {
      reason: `the last envelope, ${last.counter} of epoch ${epoch}, has no position to resume after`,
      isEarlier: false,
    }
  }

  const chain = chainTo(last, epochs)
  return 'reason' in chain ? chain : contentOf(last, chain)
}

/**
 * Returns the envelopes from `last` back to the start of the last key frame, or of a process that followed no other.
 * Decodes only key frames: while envelopes are missing, the others would be decoded in vain.
 */
function chainTo(
  last: EnvelopeHeader,
  epochs: ReadonlyMap<number, ReadonlyMap<number, Found>>,
): readonly Found[] | NoTail {
  const chain: Found[] = []
  /** Parts of a key frame found so far, going back. */
  let parts = 0
  let place: Place = last
  for (;;) {
    const envelope = epochs.get(place.epoch)?.get(place.counter)
    if (envelope === undefined) {
      return {
        reason: `expected envelope ${place.counter} of epoch ${place.epoch}, found none`,
        isEarlier: true,
      }
    }
    const { header, kind, bytes } = envelope
    if (header.tradingDate !== last.tradingDate) {
      return { reason: `expected a key frame of ${last.tradingDate}, found none`, isEarlier: false }
    }
    chain.push(envelope)
    const content = kind === 'boards' ? decodeEnvelope(bytes) : undefined
    if (content?.kind === 'boards') {
      parts++
      if (content.part === 1) {
        if (parts === content.parts) return chain
        parts = 0
      }
    }
    const before = header.counter > 1 ? { epoch: header.epoch, counter: header.counter - 1 } : header.follows
    // A process that follows no other has published every board since its start.
    if (before === undefined) return chain
    place = before
  }
}

/** @param chain envelopes, latest first. */
function contentOf(last: EnvelopeHeader, chain: readonly Found[]): LaneTail {
  const latest = new Map<string, Tick>()
  let sequence = 0
  for (const { kind, bytes } of chain) {
    const content = kind === 'events' ? undefined : decodeEnvelope(bytes)
    if (content === undefined || content.kind === 'events') continue
    for (const { trade: _, lost: __, ...tick } of content.ticks.toReversed()) {
      sequence = Math.max(sequence, tick.sequence)
      if (!latest.has(tick.board.issue)) latest.set(tick.board.issue, tick)
    }
  }
  return { last, sequence, boards: [...latest.values()] }
}

type Place = Pick<EnvelopeHeader, 'epoch' | 'counter'>
