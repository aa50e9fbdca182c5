/** Runs `work` for each item: starts in order, at most `inFlight` at the same time. */
export async function eachOf<T>(
  items: readonly T[],
  inFlight: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0
  const lane = async (): Promise<void> => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) await work(item)
  }
  await Promise.all(Array.from({ length: Math.min(inFlight, items.length) }, lane))
}
