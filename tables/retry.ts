/** Repeats an operation until it succeeds or a deadline passes. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { EpochMillis, Millis } from '../market/units.ts'

const FIRST_WAIT_MS = 25
const LONGEST_WAIT_MS = 2_000

/** Errors after which the same request may succeed later (DynamoDB developer guide, "Error handling"). */
const THROTTLES: ReadonlySet<string> = new Set([
  'InternalServerError',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
])

/** Returns whether DynamoDB may accept the same request a little later. */
export function isThrottle(error: unknown): boolean {
  return error instanceof Error && THROTTLES.has(error.name)
}

/** The result of an attempt that has to be repeated. */
export class TryAgain {
  /** What the attempt got, for the message of {@link DeadlineError}: "3 keys unprocessed". */
  readonly got: string

  constructor(got: string) {
    this.got = got
  }
}

/** No attempt succeeded before the deadline. `cause` is the error of the last attempt, if it threw one. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError'
}

export interface RetryOptions {
  /** Epoch milliseconds. No attempt but the first starts later. A running attempt is not interrupted. */
  readonly deadline: EpochMillis
  /** What an attempt should reach, for the message of {@link DeadlineError}: "all 40 items of ticks". */
  readonly expected: string
  /** Returns whether an attempt that threw `error` is repeated. Default: {@link isThrottle}. */
  readonly isRetryable?: (error: unknown) => boolean
  /** Milliseconds before the second attempt, doubled after each further attempt. Default: 25. */
  readonly firstWaitMs?: Millis
  /** Upper limit of a wait (ms). Default: 2,000. */
  readonly longestWaitMs?: Millis
}

/**
 * Runs `attempt` until its result is not a {@link TryAgain}, and returns this result. The waits between attempts have
 * jitter: each takes 50 to 100 % of its length.
 *
 * @example
 * const count = await retryUntil({ deadline: Date.now() + 1_000, expected: 'a free counter' }, async () => {
 *   const before = await readCount()
 *   return (await replaceCount(before, before + 1)) ? before + 1 : new TryAgain('a concurrent change')
 * })
 * @throws DeadlineError if the next attempt would start after the deadline.
 * @throws the error of an attempt that is not retryable.
 */
export async function retryUntil<T>(
  {
    deadline,
    expected,
    isRetryable = isThrottle,
    firstWaitMs = FIRST_WAIT_MS,
    longestWaitMs = LONGEST_WAIT_MS,
  }: RetryOptions,
  attempt: () => Promise<T | TryAgain>,
): Promise<T> {
  for (let count = 1, wait = firstWaitMs; ; count++, wait = Math.min(2 * wait, longestWaitMs)) {
    let got: string
    let cause: unknown
    try {
      const result = await attempt()
      if (!(result instanceof TryAgain)) return result
      got = result.got
    } catch (error) {
      if (!isRetryable(error)) throw error
      got = String(error)
      cause = error
    }
    const pause = wait * (0.5 + Math.random() / 2)
    if (Date.now() + pause >= deadline) {
      throw new DeadlineError(`expected ${expected} before the deadline, got ${got} (${count} attempts)`, {
        cause,
      })
    }
    await sleep(pause)
  }
}
