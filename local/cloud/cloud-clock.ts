/** The clock of the system that runs in the cloud. It may be shifted against the machine's own and run faster. */

export interface CloudClock {
  /** Returns the time in microseconds since 1970-01-01T00:00Z. */
  now(): number
  /** Returns real milliseconds until this clock reaches `microseconds`; 0 when the time has passed. */
  realMillisecondsUntil(microseconds: number): number
}

/** The machine's own clock. */
export const machineClock: CloudClock = {
  now: () => Date.now() * 1000,
  realMillisecondsUntil: microseconds => Math.max(0, microseconds / 1000 - Date.now()),
}
