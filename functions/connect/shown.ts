/** Wrong values in the answers of connect. */

/** The most characters of a wrong value in an answer. */
const MAX_SHOWN_LENGTH = 40

/** Returns a value as short JSON. */
export function shown(value: unknown): string {
  return JSON.stringify(value).slice(0, MAX_SHOWN_LENGTH)
}
