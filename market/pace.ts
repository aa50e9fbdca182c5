/** Which pace a connection gets: the shortest time between two posts to it. */
import { FASTEST_PACE_MS, SLOWEST_PACE_MS } from './protocol.ts'
import type { Millis } from './units.ts'

/** Returns the pace (ms) nearest to the requested one. @param fastest the shortest that the user may have. */
export function grantedPace(requested: Millis, fastest: Millis = FASTEST_PACE_MS): Millis {
  return Math.min(Math.max(requested, fastest), SLOWEST_PACE_MS)
}
