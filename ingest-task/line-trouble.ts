/** For how long a line has brought nothing, as its state and its silence show. */
import type { Millis } from '../market/units.ts'
import type { LineStats } from './line-seam.ts'

/** A line sends a heartbeat every second. A line that is silent for longer, real ms, may be cut. */
const SILENT_AFTER_MS = 1_100

/** Returns a function that returns for how many real ms a line is not live or too silent; 0 while it is well. */
export function createLineTrouble(): (line: LineStats, now: Millis) => Millis {
  let notLiveSince: Millis | undefined
  return ({ state, silentMilliseconds = 0 }, now) => {
    notLiveSince = state === 'live' ? undefined : (notLiveSince ?? now)
    const silent = silentMilliseconds > SILENT_AFTER_MS ? silentMilliseconds : 0
    return Math.max(silent, notLiveSince === undefined ? 0 : now - notLiveSince)
  }
}
