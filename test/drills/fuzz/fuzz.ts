/** The fuzz: batches of mutated input into the decoders of a line, each run again alone by its seed. */
import { randomOf } from '../seed.ts'
import { createTally, type Tally } from '../tally.ts'
import { runContentBatch } from './content-batch.ts'
import { type Corpus, readCorpus } from './corpus.ts'
import { runFrameBatch } from './frame-batch.ts'
import { runMessageBatch } from './message-batch.ts'

/** Cases of one seed. */
export const BATCH_CASES = 250

/** Market messages are what most can be wrong with. */
const DRILLS = [runFrameBatch, runContentBatch, runMessageBatch, runMessageBatch]

export interface Fuzz {
  /** What came of all cases so far, by the error that refused them. */
  readonly tally: Tally
  /** @throws Error with the seed, caused by what did not hold. */
  run(seed: number): void
}

export function openFuzz(): Fuzz {
  const corpus: Corpus = readCorpus()
  const tally = createTally()
  return {
    tally,
    run(seed) {
      const drill = DRILLS[seed % DRILLS.length]!
      try {
        drill(corpus, randomOf('fuzz', seed), BATCH_CASES, tally)
      } catch (error) {
        throw new Error(`fuzz of seed ${seed} (npm run drills -- fuzz --seed ${seed})`, { cause: error })
      }
    },
  }
}
