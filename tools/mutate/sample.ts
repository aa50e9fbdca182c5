/** Draws mutations from a seed. */
import type { Mutation } from './mutation.ts'

/** Returns random numbers in [0, 1) from a seed: the generator mulberry32. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Draws at most `count` lines that can be mutated, and one mutation of each. The same seed draws the same. */
export function sampleOf(mutations: readonly Mutation[], seed: number, count: number): Mutation[] {
  const random = randomFrom(seed)
  const lines = [...Map.groupBy(mutations, ({ file, line }) => `${file}:${line}`).values()]
  const sample: Mutation[] = []
  while (sample.length < count && lines.length > 0) {
    const [ofLine] = lines.splice(Math.floor(random() * lines.length), 1)
    sample.push(ofLine![Math.floor(random() * ofLine!.length)]!)
  }
  return sample
}
