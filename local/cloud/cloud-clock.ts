/** The clock of the system that runs in the cloud. It may be shifted against the machine's own and run faster. */
import { pause } from './pause.ts'

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

/** Longest wait before the time is looked at again, because the clock may change its pace. */
const LONGEST_WAIT_MS = 1000

/** Resolves when the clock has reached `microseconds`, or when `signal` is aborted. */
export async function waitUntil(clock: CloudClock, microseconds: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const left = clock.realMillisecondsUntil(microseconds)
    if (left <= 0) return
    await pause(Math.min(left, LONGEST_WAIT_MS), signal)
  }
}
