/**
 * Positions of the line: a session of the line and a frame of it in one number, that grows within a trading date and
 * means the same to every process.
 */

/** Frames that a session may have: over ten times the busiest day. Sessions then still fit below 2⁵³. */
const SESSION_FRAMES = 2 ** 26

/**
 * A session that has more frames stays at the last number: all up to there has been delivered, so it is still true,
 * and prices go on. Only the process that follows has to read more again, or to take a snapshot.
 */
export function positionOf(session: number, sequence: number): number {
  return session * SESSION_FRAMES + Math.min(sequence, SESSION_FRAMES - 1)
}

export function placeOf(position: number): { session: number; sequence: number } {
  return { session: Math.floor(position / SESSION_FRAMES), sequence: position % SESSION_FRAMES }
}
