/**
 * The cut: up to which market time an audience may see prices. Only this file decides the cut, and every stored price
 * that is read passes it.
 */
import type { Clock } from '../market/clock.ts'
import { addMicros, type EpochMicros, type Micros, type Seconds } from '../market/units.ts'

/** `everybody` sends no token; `registered` sends a token. */
export type Audience = 'everybody' | 'registered'

/** The exchange's delay for users who are not registered, µs. */
export const DELAY_MICROSECONDS = 20 * 60_000_000

/** The delay of answers as an ISO 8601 duration. */
export const DELAY = { everybody: 'PT20M', registered: 'PT0S' } as const satisfies Record<Audience, string>

/**
 * Returns the cut (epoch µs) at market time `now`: stored ticks up to this time may be shown.
 *
 * Registered users have no delay. But a tick younger than `storing` may not be in the table yet, and an answer must
 * not miss a tick silently.
 *
 * @param storing the longest time from a tick until it is in the table, µs of market time.
 */
export function visibleUntil(audience: Audience, now: EpochMicros, storing: Micros): EpochMicros {
  return addMicros(now, -(audience === 'everybody' ? DELAY_MICROSECONDS : storing))
}

/** Returns the cut (epoch µs) by a clock. @param storeSeconds the longest time until a tick is stored, real time. */
export function youngestVisible(audience: Audience, clock: Clock, storeSeconds: Seconds): EpochMicros {
  // Storing takes real time. A faster market clock passes more market time meanwhile.
  return visibleUntil(audience, clock.now(), Math.ceil(storeSeconds * 1_000_000 * clock.speed()))
}
