/** The wait before a new connection. It is random, so that apps do not reconnect all at once. */
export interface Backoff {
  /** Longest first wait, milliseconds. */
  readonly base: number
  /** Longest wait, milliseconds. */
  readonly cap: number
}

/**
 * Returns a random wait from 0 to a bound (full jitter). The bound doubles with every failure up to the cap.
 * @param failures consecutive failures, from 0.
 * @param random in [0, 1).
 * @returns milliseconds.
 */
export function backoffDelay({ base, cap }: Backoff, failures: number, random: number): number {
  return random * Math.min(cap, base * 2 ** failures)
}
