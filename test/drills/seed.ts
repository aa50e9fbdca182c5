import { createRandom, type Random } from '../../local/exchange/random.ts'
import { fnv1a } from '../../market/hash.ts'

/** Returns random numbers for a drill. The seed is hashed, because adjacent seeds of the generator give shifted sequences. */
export function randomOf(drill: string, seed: number): Random {
  return createRandom(fnv1a(`${drill} ${seed}`))
}
