import { createRandom, type Random } from '../../local/exchange/random.ts'
import { fnv1a } from '../../market/hash.ts'

/** Numbers for a drill. Neighbouring seeds of the generator give the same numbers one step apart, so seeds are mixed. */
export function randomOf(drill: string, seed: number): Random {
  return createRandom(fnv1a(`${drill} ${seed}`))
}
