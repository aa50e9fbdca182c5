/** Repeats work on the ticks table until a deadline, because the stream repeats a failed batch only a few times. */
import type { EpochMillis } from '../../market/units.ts'
import { retryUntil, type TryAgain } from '../../tables/retry.ts'

/** Wait after the table could not be reached for the first time (ms). */
const FIRST_WAIT_MS = 100
const LONGEST_WAIT_MS = 5_000
/** The error of DynamoDB for an item that it does not accept. */
const ITEM_FAULT = 'ValidationException'

/**
 * Does all of `work` again after an error.
 * @throws DeadlineError at `deadline` (epoch ms), or at once the error of an item that DynamoDB does not accept.
 */
export function untilDeadline<T>(deadline: EpochMillis, work: () => Promise<T | TryAgain>): Promise<T> {
  const isRetryable = (error: unknown): boolean => !(error instanceof Error && error.name === ITEM_FAULT)
  const waits = { firstWaitMs: FIRST_WAIT_MS, longestWaitMs: LONGEST_WAIT_MS }
  return retryUntil({ deadline, expected: 'an answer of the ticks table', isRetryable, ...waits }, work)
}
