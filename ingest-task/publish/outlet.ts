/** Sends the envelopes of one lane: one envelope at a time, with growing waits after failures. */
import type { PutRecordsResultEntry } from '@aws-sdk/client-kinesis'
import type { Millis } from '../../market/units.ts'
import { backoff } from '../retry-backoff.ts'
import type { Contents, Lane } from './lane-sender.ts'

/** Longest wait before a failed envelope is sent again, milliseconds. */
const RETRY_CAP = 2000

/** A record of a PutRecords request. */
export interface OutletRecord {
  readonly Data: Uint8Array
  readonly PartitionKey: string
  readonly ExplicitHashKey: string
}

export class Outlet {
  readonly lane: Lane
  readonly name: string
  readonly #hashKey: string
  #inFlight = false
  /** Failures of the envelope in a row. */
  #failures = 0
  /** The envelope is not sent before this time, real ms. */
  #notBefore = 0

  constructor(lane: Lane, name: string, hashKey: string) {
    this.lane = lane
    this.name = name
    this.#hashKey = hashKey
  }

  get inFlight(): boolean {
    return this.#inFlight
  }

  /**
   * Returns the record to send now, in flight from here on; undefined when there is none.
   * @param now real time, ms.
   * @param all whether ticks no longer wait for others to share their envelope with.
   */
  next(now: Millis, all: boolean): OutletRecord | undefined {
    if (this.#inFlight || now < this.#notBefore) return undefined
    const data = this.lane.next(now, all)
    if (data === undefined) return undefined
    this.#inFlight = true
    return { Data: data, PartitionKey: this.name, ExplicitHashKey: this.#hashKey }
  }

  /**
   * Takes the result of the record in flight.
   * @param now real time, ms.
   * @param random in [0, 1), for the wait after a failure.
   * @returns what was published; undefined when the record failed and will be sent again.
   */
  settle(
    result: PutRecordsResultEntry | undefined,
    now: Millis,
    random: number = Math.random(),
  ): Contents | undefined {
    this.#inFlight = false
    if (result?.SequenceNumber === undefined) {
      this.#notBefore = now + backoff(++this.#failures, RETRY_CAP, random)
      return undefined
    }
    this.#failures = 0
    return this.lane.published()
  }
}
