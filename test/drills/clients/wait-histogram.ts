/** Counts waits by millisecond: small enough to be sent between processes, and exact to the millisecond. */
import type { Millis } from '../../../market/units.ts'

/** A wait in milliseconds, and how often it occurred. */
export type WaitCount = readonly [wait: Millis, count: number]

/** Longer waits count as this long (ms). */
const LONGEST_MS = 120_000

export interface WaitHistogram {
  add(wait: Millis, count?: number): void
  /** Returns the wait that this share of all waits does not exceed; 0 without waits. */
  percentile(share: number): Millis
  /** Returns how many waits are above a bound. */
  above(bound: Millis): number
  readonly count: number
  /** Returns the counts in the order of their waits. */
  entries(): WaitCount[]
}

export function createWaitHistogram(counts: readonly WaitCount[] = []): WaitHistogram {
  const bins: number[] = []
  let total = 0
  const histogram: WaitHistogram = {
    add(wait, count = 1) {
      const bin = Math.min(LONGEST_MS, Math.max(0, Math.round(wait)))
      bins[bin] = (bins[bin] ?? 0) + count
      total += count
    },
    percentile(share) {
      let left = Math.ceil(share * total)
      for (const [wait, count] of histogram.entries()) {
        left -= count
        if (left <= 0) return wait
      }
      return 0
    },
    above: bound => histogram.entries().reduce((sum, [wait, count]) => sum + (wait > bound ? count : 0), 0),
    get count() {
      return total
    },
    entries: () => bins.flatMap((count, wait): WaitCount[] => [[wait, count]]),
  }
  for (const [wait, count] of counts) histogram.add(wait, count)
  return histogram
}
