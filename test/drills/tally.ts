/** Counts events by name for the summary at the end. */
export interface Tally {
  count(name: string, times?: number): void
  of(name: string): number
  /** Returns the counts in the order of their names. */
  entries(): [name: string, times: number][]
}

export function createTally(): Tally {
  const counts = new Map<string, number>()
  return {
    count: (name, times = 1) => void counts.set(name, (counts.get(name) ?? 0) + times),
    of: name => counts.get(name) ?? 0,
    entries: () => [...counts].sort(([a], [b]) => (a < b ? -1 : 1)),
  }
}
