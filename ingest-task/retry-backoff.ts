/** Waits before another attempt. */
import type { Millis } from '../market/units.ts'

/** Longest wait before the first repetition, milliseconds. */
const FIRST_MILLISECONDS = 100

/**
 * Returns the wait before attempt number `attempt` (from 1), milliseconds: capped exponential backoff with full jitter,
 * so that clients that lost the same server do not come back together.
 * @param random in [0, 1).
 */
export function backoff(attempt: number, capMilliseconds: Millis, random: number = Math.random()): number {
  return random * Math.min(capMilliseconds, FIRST_MILLISECONDS * 2 ** Math.min(attempt - 1, 30))
}
