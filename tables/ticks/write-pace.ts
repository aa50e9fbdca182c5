/** Spreads write units evenly over time. */

/** Write units that one request may have, unless a single item has more. */
export const REQUEST_UNITS = 25

export interface Pace {
  /**
   * Books `units` after all units that were booked before.
   * @returns milliseconds from now until they may be spent.
   */
  book(units: number): number
}

/**
 * Creates a token bucket that fills at `unitsPerSecond` − {@link REQUEST_UNITS} units a second. A request starts when its
 * units have been saved. The first request of a second may spend up to {@link REQUEST_UNITS} units that were saved
 * before, so no second sees more than `unitsPerSecond`. This also holds if one pace follows another.
 * @param unitsPerSecond more than {@link REQUEST_UNITS}.
 * @param now milliseconds.
 */
export function createPace(unitsPerSecond: number, now: () => number = () => performance.now()): Pace {
  const millisecondsPerUnit = 1000 / (unitsPerSecond - REQUEST_UNITS)
  let paid = Number.NEGATIVE_INFINITY
  return {
    book(units) {
      const moment = now()
      paid = Math.max(paid, moment) + units * millisecondsPerUnit
      return paid - moment
    },
  }
}
