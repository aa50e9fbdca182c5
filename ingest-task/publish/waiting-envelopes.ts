/** The envelopes of a lane that wait for the stream, and the last envelope that the stream has taken. */
import type { EnvelopeHeader } from '../../market/codec/envelope.ts'
import type { EpochMicros, TradingDate } from '../../market/units.ts'
import type { LanePlace } from '../../tables/control/lease-item.ts'

/** How far a line is read. */
export type Read = Pick<EnvelopeHeader, 'position' | 'reached'>

/** What is new in an envelope. */
export interface Contents {
  readonly ticks: number
  /** Market time of the newest live tick, epoch µs. */
  readonly newest: EpochMicros | undefined
  /** Highest counter of its ticks; 0 without ticks. */
  readonly sequence: number
}

/** The last envelope of a lane in the stream. */
export interface Settled {
  readonly place: LanePlace
  readonly tradingDate: TradingDate
  /** How far the sender had read the line when it closed the envelope. */
  readonly read: Read
}

interface Waiting {
  readonly header: EnvelopeHeader
  readonly bytes: Uint8Array
  readonly isBoards: boolean
  readonly contents: Contents
}

export class WaitingEnvelopes {
  readonly #envelopes: Waiting[] = []
  #bytes = 0
  #settled: Settled | undefined

  /** @param settled the last envelope of the lane that an earlier process has published. */
  constructor(settled: Settled | undefined) {
    this.#settled = settled
  }

  get count(): number {
    return this.#envelopes.length
  }

  get bytes(): number {
    return this.#bytes
  }

  get first(): Uint8Array | undefined {
    return this.#envelopes[0]?.bytes
  }

  /** Whether a part of a key frame waits. */
  get hasBoards(): boolean {
    return this.#envelopes.some(({ isBoards }) => isBoards)
  }

  get settled(): Settled | undefined {
    return this.#settled
  }

  push(header: EnvelopeHeader, bytes: Uint8Array, contents: Contents, isBoards: boolean): void {
    this.#envelopes.push({ header, bytes, isBoards, contents })
    this.#bytes += bytes.length
  }

  /** Removes the first envelope, which the stream has taken, and returns what it held. */
  settle(): Contents {
    const { header, bytes, contents } = this.#envelopes.shift()!
    const { epoch, counter, tradingDate, position, reached } = header
    this.#bytes -= bytes.length
    // A trading date starts the counters of messages again.
    const before = this.#settled?.tradingDate === tradingDate ? this.#settled.place.sequence : 0
    this.#settled = {
      place: { epoch, counter, sequence: Math.max(before, contents.sequence) },
      tradingDate,
      read: { position, reached },
    }
    return contents
  }
}
