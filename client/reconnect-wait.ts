/** The wait before a new connection. It is random, so that apps do not reconnect all at once. */
import type { Millis } from '../market/units.ts'

/** The bounds of the random wait before a new connection. */
export interface Backoff {
  /** Longest first wait, milliseconds. */
  readonly base: Millis
  /** Longest wait, milliseconds. */
  readonly cap: Millis
}

/**
 * Returns a random wait from 0 to a bound (full jitter). The bound doubles with every failure up to the cap.
 * @param failures consecutive failures, from 0.
 * @param random in [0, 1).
 * @returns milliseconds.
 */
export function backoffDelay({ base, cap }: Backoff, failures: number, random: number): Millis {
  return random * Math.min(cap, base * 2 ** failures)
}
