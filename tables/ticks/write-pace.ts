/** Write units spread evenly over time. */

/** Units that one request may have, unless a single item has more. */
export const REQUEST_UNITS = 25

export interface Pace {
  /**
   * Books `units`, behind all that were booked before.
   * @returns milliseconds from now until they may be spent.
   */
  book(units: number): number
}

/**
 * In no second are more units spent than `unitsPerSecond`, also where one pace goes on behind another: units are paid
 * for with time that has passed, so those of a second were all paid for in it, but for the part of its first request
 * that was paid for before. So much is kept free.
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
