/**
 * Notices that no connection delivered for some time. After a sleep of the machine a dead connection may look open until the next one
 * delivers, and nothing else shows then that trades were missed.
 */
import type { Timing } from './timing.ts'

/** A connection answers each ping. Timers of a hidden page may be late, so one answer may be missing. */
const PINGS_OF_GAP = 2

/** Returns a function to call at each message, before the message is applied. It calls `onGap` after a gap. */
export function createMessageGap(
  { pingInterval, pongTimeout }: Pick<Timing, 'pingInterval' | 'pongTimeout'>,
  onGap: () => void,
): () => void {
  const longest = PINGS_OF_GAP * pingInterval + pongTimeout
  /** By the clock of the machine, which goes on while the machine sleeps, ms. */
  let last = Date.now()
  return () => {
    const now = Date.now()
    if (now - last > longest) onGap()
    last = now
  }
}
