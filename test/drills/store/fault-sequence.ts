/** Which request suffers what: the episodes of a schedule, one after the other, as requests come. */
import type { Episode, Fault } from './delivery-schedule.ts'

/** Every request is refused for so long (ms): past the time that a function of ten seconds has for its batch. */
const LONG_THROTTLE = 9_000

/** @returns what happens to the next request, each time it is asked; undefined: nothing. */
export function createFate(episodes: readonly Episode[]): () => Fault | undefined {
  const fates = episodes.flatMap(({ fault, gap, requests }): (Fault | undefined)[] => [
    ...Array(gap).fill(undefined),
    ...Array(requests).fill(fault),
  ])
  let throttledUntil = 0
  return () => {
    if (performance.now() < throttledUntil) return 'throttled long'
    const fate = fates.shift()
    if (fate === 'throttled long') throttledUntil = performance.now() + LONG_THROTTLE
    return fate
  }
}
