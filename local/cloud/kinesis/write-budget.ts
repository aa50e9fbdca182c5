/** The write limit of a shard, as two token buckets that hold one second each. */
import type { CloudClock } from '../cloud-clock.ts'

/** Writes of a shard a second (Kinesis Data Streams quotas: 1 MB, partition keys included, and 1,000 records). */
const BYTES_PER_SECOND = 1024 * 1024
const RECORDS_PER_SECOND = 1_000
const SECOND_MICROSECONDS = 1_000_000

export interface WriteBudget {
  /** Takes a record of this many bytes from the budget. Returns false, and takes nothing, when the shard is at its limit. */
  take(bytes: number): boolean
}

/** @param clock the limit of a market second holds however fast the market clock runs. */
export function createWriteBudget(clock: CloudClock): WriteBudget {
  let bytesLeft = BYTES_PER_SECOND
  let recordsLeft = RECORDS_PER_SECOND
  let filledAt = clock.now()
  const refill = (): void => {
    const now = clock.now()
    const seconds = Math.max(0, now - filledAt) / SECOND_MICROSECONDS
    bytesLeft = Math.min(BYTES_PER_SECOND, bytesLeft + seconds * BYTES_PER_SECOND)
    recordsLeft = Math.min(RECORDS_PER_SECOND, recordsLeft + seconds * RECORDS_PER_SECOND)
    filledAt = now
  }
  return {
    take(bytes) {
      refill()
      // A record above a second's bytes takes a full bucket and the filling of the time after it.
      if (bytesLeft < Math.min(bytes, BYTES_PER_SECOND) || recordsLeft < 1) return false
      bytesLeft -= bytes
      recordsLeft--
      return true
    },
  }
}

/** A budget without a limit, for streams that tests fill faster than any market would. */
export const UNLIMITED_WRITES: WriteBudget = { take: () => true }
