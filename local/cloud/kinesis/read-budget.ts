/**
 * The read limit of a shard, which GetRecords and polling mappings share. Enhanced fan-out has a limit of its own.
 *
 * Limits: GetRecords in the Kinesis API reference. After a call that returned 10 MB, calls within five seconds fail.
 */
import type { CloudClock } from '../cloud-clock.ts'

/** Reads of a shard a second. */
const READS_PER_SECOND = 5
/** Bytes read of a shard a second. */
const BYTES_PER_SECOND = 2 * 1024 * 1024
const SECOND_MICROSECONDS = 1_000_000

export interface ReadBudget {
  /** Takes a read from the budget. Returns false, and takes nothing, when the shard is at its limit. */
  start: () => boolean
  /** Takes the bytes that a read returned. */
  charge(bytes: number): void
}

/** @param clock the limit of a market second holds however fast the market clock runs. */
export function createReadBudget(clock: CloudClock): ReadBudget {
  let readsLeft = READS_PER_SECOND
  let bytesLeft = BYTES_PER_SECOND
  let filledAt = clock.now()
  const refill = (): void => {
    const now = clock.now()
    const seconds = Math.max(0, now - filledAt) / SECOND_MICROSECONDS
    readsLeft = Math.min(READS_PER_SECOND, readsLeft + seconds * READS_PER_SECOND)
    bytesLeft = Math.min(BYTES_PER_SECOND, bytesLeft + seconds * BYTES_PER_SECOND)
    filledAt = now
  }
  return {
    start() {
      refill()
      if (readsLeft < 1 || bytesLeft <= 0) return false
      readsLeft--
      return true
    },
    charge(bytes) {
      // A read above a second's bytes uses the whole second up, and the time that its bytes take.
      bytesLeft = bytes > bytesLeft ? -bytes : bytesLeft - bytes
    },
  }
}

/** A budget without a limit, for streams that tests read faster than any function would. */
export const UNLIMITED_READS: ReadBudget = { start: () => true, charge() {} }
