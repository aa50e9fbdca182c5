/** The time without prices during an act of the drill of two tasks. */
import type { EpochMillis, Millis } from '../../../market/units.ts'

/**
 * Returns the longest time without an arrival after an act has started. A gap that had begun before counts as a whole. A gap
 * that lasts beyond the start of the next act counts until then: the rest belongs to the next act.
 * @param arrivals in order.
 * @param to when the next act starts; `Infinity` after the last one.
 */
export function longestGap(arrivals: readonly EpochMillis[], from: EpochMillis, to: number): Millis {
  let longest = 0
  let before = arrivals[0] ?? from
  for (const arrival of arrivals) {
    if (arrival > from && before < to) longest = Math.max(longest, Math.min(arrival, to) - before)
    before = arrival
  }
  return longest
}
