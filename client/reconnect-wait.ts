/** How long to wait before trying again, so that apps which lost the server together do not come back together. */
export interface Backoff {
  /** Upper bound of the first wait, milliseconds. */
  readonly base: number
  /** Upper bound of every wait, milliseconds. */
  readonly cap: number
}

/**
 * Full jitter: anything from nothing to a bound that doubles with every failed attempt up to a cap.
 * @param failures failed attempts in a row, from 0.
 * @param random in [0, 1).
 * @returns milliseconds.
 */
export function backoffDelay({ base, cap }: Backoff, failures: number, random: number): number {
  return random * Math.min(cap, base * 2 ** failures)
}
