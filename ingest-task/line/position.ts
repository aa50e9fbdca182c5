/**
 * Positions of the line: a session and the number of a frame of it, in one number. Positions grow within a trading date
 * and mean the same to every process.
 */

/** Frames of a session that have their own position: over ten times the busiest day. Positions stay below 2⁵³. */
const SESSION_FRAMES = 2 ** 26

/**
 * Returns the position of a frame. Later frames than a position can hold keep the last position, which is still true:
 * everything up to there was delivered. Prices go on; only the next process has to read more again, or a snapshot.
 */
export function positionOf(session: number, sequence: number): number {
  return session * SESSION_FRAMES + Math.min(sequence, SESSION_FRAMES - 1)
}

/** Returns the session and the frame of a position. */
export function placeOf(position: number): { session: number; sequence: number } {
  return { session: Math.floor(position / SESSION_FRAMES), sequence: position % SESSION_FRAMES }
}
