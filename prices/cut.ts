/**
 * The cut: what is visible to whom at what market time. This is the only place that decides it, and every price that
 * is read passes it.
 */
import type { Clock } from '../market/clock.ts'

/** `everybody` asks without a token, `registered` with one. */
export type Audience = 'everybody' | 'registered'

/** Prices younger than this (µs) are for registered users (the exchange's rule for delayed information). */
export const DELAY_MICROSECONDS = 20 * 60_000_000

/** How far behind the market answers are held, as ISO 8601 writes it. */
export const DELAY = { everybody: 'PT20M', registered: 'PT0S' } as const satisfies Record<Audience, string>

/**
 * The youngest market time (epoch µs) of which stored ticks may be shown at market time `now`.
 *
 * Nothing is held back from who is registered, but what is younger than `storing` may not be in the table yet, and an
 * answer must never miss a tick in silence.
 *
 * @param storing µs of market time until a tick is stored for certain.
 */
export function visibleUntil(audience: Audience, now: number, storing: number): number {
  return now - (audience === 'everybody' ? DELAY_MICROSECONDS : storing)
}

/** {@link visibleUntil} by a clock. */
export function youngestVisible(audience: Audience, clock: Clock, storeSeconds: number): number {
  // The table is written in real time, however fast the market's clock goes.
  return visibleUntil(audience, clock.now(), Math.ceil(storeSeconds * 1_000_000 * clock.speed()))
}
