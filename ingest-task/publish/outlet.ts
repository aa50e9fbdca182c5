/** Sends the envelopes of one lane: one envelope at a time, with growing waits after failures. */
import type { PutRecordsResultEntry } from '@aws-sdk/client-kinesis'
import type { Millis } from '../../market/units.ts'
import { backoff } from '../retry-backoff.ts'
import type { GatherTime } from './gather-time.ts'
import type { Lane } from './lane-sender.ts'
import type { Contents } from './waiting-envelopes.ts'

/** Longest wait before a failed envelope is sent again, milliseconds. */
const RETRY_CAP = 2000
/**
 * Longest wait before a refused envelope is sent again, milliseconds: a shard takes 100 KB in this time. It does not grow,
 * because the lane sends nothing else meanwhile, and smaller envelopes of other lanes would always come first.
 */
const REFUSED_WAIT = 100
/** The error code of a record beyond the rate of its shard. */
const THROTTLED = 'ProvisionedThroughputExceededException'

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
  readonly #gather: GatherTime
  #inFlight = false
  /** Failures of the envelope in a row. */
  #failures = 0
  /** The envelope is not sent before this time, real ms. */
  #notBefore = 0

  constructor(lane: Lane, name: string, hashKey: string, gather: GatherTime) {
    this.lane = lane
    this.name = name
    this.#hashKey = hashKey
    this.#gather = gather
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
    if (isThrottled(result)) {
      this.#gather.raise(now)
      this.#notBefore = now + random * REFUSED_WAIT
      return undefined
    }
    if (result?.SequenceNumber === undefined) {
      this.#notBefore = now + backoff(++this.#failures, RETRY_CAP, random)
      return undefined
    }
    this.#failures = 0
    return this.lane.published()
  }
}

/** Returns whether a record was beyond the rate of its shard. The shard has not taken it then. */
export function isThrottled(result: PutRecordsResultEntry | undefined): boolean {
  return result?.ErrorCode?.startsWith(THROTTLED) === true
}
