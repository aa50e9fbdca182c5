/** The twenty minutes between the market and everybody. This is the only place that makes them. */
import type { Clock } from '../../market/clock.ts'
import { momentFromIso, momentToIso } from './moment.ts'
import { Problem } from './problem.ts'

/** Prices younger than this (µs) are for registered users (the exchange's rule for delayed information). */
export const DELAY_MICROSECONDS = 20 * 60_000_000
/** The same as ISO 8601 writes it. */
export const DELAY_ISO = 'PT20M'

/** The youngest market time (epoch µs) that may be shown to everybody now. */
export function youngestAllowed(clock: Clock): number {
  return clock.now() - DELAY_MICROSECONDS
}

/**
 * The market time (epoch µs) that a request parameter names; the youngest allowed where it is absent.
 * @throws Problem when it is no time, or younger than allowed.
 */
export function allowedMoment(clock: Clock, parameter: string, text: string | undefined): number {
  const youngest = youngestAllowed(clock)
  if (text === undefined) return youngest
  const moment = momentFromIso(text)
  if (moment === undefined) {
    throw new Problem(
      400,
      `${parameter}: expected an ISO 8601 time with its offset, such as ${momentToIso(youngest)}, got "${text}"`,
    )
  }
  if (moment > youngest) {
    throw new Problem(
      400,
      `${parameter}: expected a time of at least twenty minutes ago, ${momentToIso(youngest)} or before, got "${text}"`,
    )
  }
  return moment
}
