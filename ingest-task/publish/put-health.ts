/** Notes for how long the stream has answered no put. */
import type { PutRecordsResultEntry } from '@aws-sdk/client-kinesis'
import type { Millis } from '../../market/units.ts'
import { isThrottled } from './outlet.ts'

export class PutHealth {
  /** Since when something has waited without an answer; undefined while nothing waits. Real ms. */
  #waitingSince: Millis | undefined

  /** Notes whether something waits to be put, or is being put. @param now real time, ms. */
  look(waits: boolean, now: Millis): void {
    this.#waitingSince = waits ? (this.#waitingSince ?? now) : undefined
  }

  /** Notes the result of a record. A full shard answers too. @param now real time, ms. */
  note(result: PutRecordsResultEntry | undefined, now: Millis): void {
    if (result?.SequenceNumber !== undefined || isThrottled(result)) this.#waitingSince = now
  }

  /** Returns for how many real ms something has waited and the stream has not answered. */
  unansweredMs(now: Millis): Millis {
    return this.#waitingSince === undefined ? 0 : now - this.#waitingSince
  }
}
