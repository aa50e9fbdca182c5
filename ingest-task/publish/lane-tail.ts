/**
 * The end of a lane as it stands in the stream: from its last key frame on, or from the start of a process that followed
 * none, whichever processes sent it.
 */
import { decodeEnvelope, type EnvelopeHeader, type EnvelopeKind } from '../../market/codec/envelope.ts'
import type { Tick } from '../../market/tick.ts'

/** An envelope found in the stream, its body not yet read. */
export interface Found {
  readonly kind: EnvelopeKind
  readonly header: EnvelopeHeader
  readonly bytes: Uint8Array
}

export interface LaneTail {
  /** Header of the last envelope. */
  readonly last: EnvelopeHeader
  /** Of the last tick; 0 without any. */
  readonly sequence: number
  /** The latest tick of every issue, without its trade. */
  readonly boards: readonly Tick[]
}

/**
 * What the envelopes of one lane, in any order and each any number of times, tell of its end.
 * @returns why not, where they are not whole from there on.
 */
export function laneTail(found: readonly Found[]): LaneTail | string {
  const epochs = new Map<number, Map<number, Found>>()
  for (const envelope of found) {
    const { epoch, counter } = envelope.header
    const counters = epochs.get(epoch) ?? new Map<number, Found>()
    epochs.set(epoch, counters.set(counter, envelope))
  }
  if (epochs.size === 0) return 'expected envelopes, found none'
  const epoch = Math.max(...epochs.keys())
  const counters = epochs.get(epoch)!
  const last = counters.get(Math.max(...counters.keys()))!.header
  if (last.position === 0)
    return `its last envelope, ${last.counter} of ${epoch}, has no position to go on from`

  const latest = new Map<string, Tick>()
  let sequence = 0
  /** Parts of a key frame that were met, going back. */
  let parts = 0
  let place: Place = last
  for (;;) {
    const envelope = epochs.get(place.epoch)?.get(place.counter)
    if (envelope === undefined)
      return `expected envelope ${place.counter} of ${place.epoch}, it was not found`
    const { header, kind, bytes } = envelope
    if (header.tradingDate !== last.tradingDate)
      return `expected a key frame of ${last.tradingDate}, found none`
    const content = kind === 'events' ? undefined : decodeEnvelope(bytes)
    if (content !== undefined && content.kind !== 'events') {
      for (const { trade: _, lost: __, ...tick } of content.ticks.toReversed()) {
        sequence = Math.max(sequence, tick.sequence)
        if (!latest.has(tick.board.issue)) latest.set(tick.board.issue, tick)
      }
    }
    if (content?.kind === 'boards') {
      parts++
      if (content.part === 1) {
        if (parts === content.parts) return { last, sequence, boards: [...latest.values()] }
        parts = 0
      }
    }
    const before = header.counter > 1 ? { epoch: header.epoch, counter: header.counter - 1 } : header.follows
    // A process that follows none has told every board since it began.
    if (before === undefined) return { last, sequence, boards: [...latest.values()] }
    place = before
  }
}

type Place = Pick<EnvelopeHeader, 'epoch' | 'counter'>
