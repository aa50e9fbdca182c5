/** Pseudo-random numbers: equal seeds give equal numbers on every machine. Not for secrets. */

/** A number from 0 (included) to 1 (not included). */
export type Random = () => number

/** Increment of the counter. It is odd, so the counter passes through all 2³² states. */
const STEP = 0x9e3779b9

/** Returns a generator: a counter whose state is hashed with multiplications and shifts (as MurmurHash3 finalises). */
export function createRandom(seed: number): Random {
  let state = Math.imul(seed + 1, STEP) | 0
  return () => {
    state = (state + STEP) | 0
    let mixed = state ^ (state >>> 16)
    mixed = Math.imul(mixed, 0x85ebca6b)
    mixed ^= mixed >>> 13
    mixed = Math.imul(mixed, 0xc2b2ae35)
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32
  }
}

/** An integer from 0 to `count` − 1. */
export function below(random: Random, count: number): number {
  return Math.floor(random() * count)
}

export function pick<T>(random: Random, items: readonly T[]): T {
  return items[below(random, items.length)]!
}

/** Returns an exponentially distributed number with this mean, for gaps between events and sizes of orders. */
export function exponential(random: Random, mean: number): number {
  return -Math.log(1 - random()) * mean
}

/** Returns an approximately normal number (mean 0, standard deviation 1): the sum of three uniform numbers. */
export function normal(random: Random): number {
  return (random() + random() + random() - 1.5) * 2
}

/** Returns a function that chooses an index with the probability of its weight, in constant time (alias method). */
export function weightedPicker(random: Random, weights: readonly number[]): () => number {
  const count = weights.length
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / count
  const share = Float64Array.from(weights, weight => weight / mean)
  const alias = Int32Array.from(weights, (_, index) => index)
  const small: number[] = []
  const large: number[] = []
  for (let i = 0; i < count; i++) (share[i]! < 1 ? small : large).push(i)
  while (small.length > 0 && large.length > 0) {
    const poor = small.pop()!
    const rich = large.at(-1)!
    alias[poor] = rich
    share[rich] = share[rich]! - (1 - share[poor]!)
    if (share[rich]! < 1) small.push(large.pop()!)
  }
  return () => {
    const position = random() * count
    const index = position | 0
    return position - index < share[index]! ? index : alias[index]!
  }
}
