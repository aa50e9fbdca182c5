/**
 * The cut: up to which market time an audience may see prices. Only this file decides the cut, and every stored price
 * that is read passes it.
 */
import type { Audience } from '../contract/publication.ts'
import type { Clock } from '../market/clock.ts'
import {
  addMicros,
  type EpochMicros,
  earlierOf,
  laterOf,
  type Micros,
  type Seconds,
} from '../market/units.ts'

/** The exchange's delay for users who are not registered, µs. */
export const DELAY_MICROSECONDS = 20 * 60_000_000

/** The delay of answers as an ISO 8601 duration. */
export const DELAY = { everybody: 'PT20M', registered: 'PT0S' } as const satisfies Record<Audience, string>

/** What the cut of registered users depends on. */
export interface StoringState {
  /** Up to which market time the ticks of the answer are stored, epoch µs. */
  readonly stored: EpochMicros
  /** The time in which a tick is usually stored, µs of market time. */
  readonly storing: Micros
}

/**
 * Returns the cut (epoch µs) at market time `now`: ticks up to this time may be shown.
 *
 * Registered users have no delay, and see what is stored. If storing takes longer than usual, the cut is where storing
 * should be, so that the answer shows that it is late.
 */
export function visibleUntil(
  audience: Audience,
  now: EpochMicros,
  { stored, storing }: StoringState,
): EpochMicros {
  if (audience === 'everybody') return addMicros(now, -DELAY_MICROSECONDS)
  return earlierOf(now, laterOf(stored, addMicros(now, -storing)))
}

/** Returns the market time that passes in a real time. A faster market clock passes more. */
export function marketTime(clock: Clock, seconds: Seconds): Micros {
  return Math.ceil(seconds * 1_000_000 * clock.speed())
}
