/** Runs `work` for each item, at most `inFlight` at the same time, and returns the results in the order of the items. */
export async function mapEach<T, Result>(
  items: readonly T[],
  inFlight: number,
  work: (item: T) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  const waiting = items.entries()
  const lane = async (): Promise<void> => {
    for (const [index, item] of waiting) results[index] = await work(item)
  }
  await Promise.all(Array.from({ length: Math.min(inFlight, items.length) }, lane))
  return results
}
