/** Returns microseconds since midnight in Tokyo of an ISO time with an offset, of any precision. */
export function microsecondsOf(iso: string): number {
  const fraction = /\.(\d+)/.exec(iso)?.[1] ?? ''
  const below = Number(fraction.padEnd(6, '0').slice(3, 6))
  return ((Date.parse(iso) + 9 * 3_600_000) % 86_400_000) * 1000 + below
}
