/** Which fault each request of a pass has. */
import type { Episode, Fault } from './delivery-schedule.ts'

/** How long every request is throttled (ms): until a function with a timeout of ten seconds has no time left. */
const LONG_THROTTLE_MS = 9_000

/**
 * Returns a function that returns the fault of the next request, or undefined for a request without a fault. Only a batch
 * can be done in part, so `unprocessed` waits for one.
 */
export function createFaultSequence(episodes: readonly Episode[]): (isBatch: boolean) => Fault | undefined {
  const faults = episodes.flatMap(({ fault, gap, requests }): (Fault | undefined)[] => [
    ...Array(gap).fill(undefined),
    ...Array(requests).fill(fault),
  ])
  let throttledUntil = 0
  return isBatch => {
    if (performance.now() < throttledUntil) return 'throttled long'
    if (faults[0] === 'unprocessed' && !isBatch) return undefined
    const fault = faults.shift()
    if (fault === 'throttled long') throttledUntil = performance.now() + LONG_THROTTLE_MS
    return fault
  }
}
