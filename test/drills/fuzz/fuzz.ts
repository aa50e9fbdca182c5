/** The fuzz: feeds batches of mutated input to the decoders of a line. A batch is repeated by its seed. */
import { randomOf } from '../seed.ts'
import { createTally, type Tally } from '../tally.ts'
import { runContentBatch } from './content-batch.ts'
import { type Corpus, readCorpus } from './corpus.ts'
import { runFrameBatch } from './frame-batch.ts'
import { runMessageBatch } from './message-batch.ts'

/** Cases of one seed. */
export const BATCH_CASES = 250

/** Kinds of batches in turn. Market messages come twice, because most can be wrong with them. */
const DRILLS = [runFrameBatch, runContentBatch, runMessageBatch, runMessageBatch]

export interface Fuzz {
  /** Results of all cases so far: the kind of content or of error. */
  readonly tally: Tally
  /**
   * Runs the batch of a seed.
   * @throws Error with the seed, caused by the failed check.
   */
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
