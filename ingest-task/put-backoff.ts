/** Longest wait before the first try again, milliseconds. */
const FIRST_MILLISECONDS = 100

/**
 * Milliseconds to wait before try number `attempt` (from 1): capped exponential with full jitter, so that those
 * who lost the same server do not come back together.
 */
export function backoff(attempt: number, capMilliseconds: number): number {
  return Math.random() * Math.min(capMilliseconds, FIRST_MILLISECONDS * 2 ** Math.min(attempt - 1, 30))
}
