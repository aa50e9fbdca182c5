/** Schedules: what happens to the requests of store-ticks, and what lies in the stream, drawn from a seed. */
import { below, pick, type Random } from '../../../local/exchange/random.ts'
import { randomOf } from '../seed.ts'
import { POISONS, type Poison } from './drill-market.ts'

/** What may happen to a request, nearly all of which are writes. */
export const FAULTS = {
  throttled: 'refused for its throughput, nothing done',
  'throttled long': 'the same for every request, longer than the function has time',
  unprocessed: 'some of its items done, the others given back',
  'failed inside': 'an internal error, nothing done',
  'cut before': 'the connection is cut, nothing done',
  'cut in between': 'the connection is cut, some of its items done',
  'cut after': 'the connection is cut, all of it done',
  hung: 'never answered, nothing done',
  late: 'never answered, all of it done when nobody waits for it any more',
  crash: 'the function is ended, some of its items done',
} as const
export type Fault = keyof typeof FAULTS
const FAULT_NAMES = Object.keys(FAULTS) as Fault[]

/** Each may cost an attempt of a batch, of which a good one must not run out, or seconds. */
const DEADLY: readonly Fault[] = ['throttled long', 'hung', 'late', 'crash']
/** Of a whole pass. */
const MOST_DEADLY = 2
const COMMON = FAULT_NAMES.filter(fault => fault !== 'throttled long')

/**
 * The stream is read from its start while it is put, which is broken off; from its start again to the end; once more,
 * after everything is stored; and once more from its middle.
 */
export const PASSES = ['broken off', 'whole', 'replayed whole', 'replayed half'] as const
export type Pass = (typeof PASSES)[number]

/** A fault strikes so many requests in a row, after so many that are let alone. */
export interface Episode {
  readonly fault: Fault
  readonly gap: number
  readonly requests: number
}

/** How one pass reads the stream. */
export interface PassPlan {
  readonly pass: Pass
  readonly batchSize: number
  readonly parallelization: number
  readonly episodes: readonly Episode[]
}

export interface Schedule {
  readonly seed: number
  /** Seconds the function has. */
  readonly timeout: number
  readonly poisons: readonly Poison[]
  /** The invocation at which the first pass is broken off. */
  readonly breakAt: number
  readonly passes: readonly PassPlan[]
}

/** A write that hangs is given up after three, and sent again. */
const TIMEOUTS = [10, 20]
const POISONS_EACH = 2
const MOST_RANDOM_EPISODES = 2
const MOST_BREAK = 8
const MOST_GAP = 4
const MOST_REQUESTS = 5
/** Envelopes a batch, the smallest and the largest. */
const BATCH_SIZES = [5, 80] as const

/** Schedules that together have every fault and every poison: any so many neighbours. */
export const ROUND = Math.ceil(Math.max(POISONS.length / POISONS_EACH, FAULT_NAMES.length / PASSES.length))

/** The share of one schedule, so that neighbours together have all. */
function ownOf<T>(all: readonly T[], count: number, seed: number): T[] {
  return Array.from({ length: count }, (_, index) => all[(count * seed + index) % all.length]!)
}

export function scheduleOf(seed: number): Schedule {
  const random = randomOf('store schedule', seed)
  const faults = ownOf(FAULT_NAMES, PASSES.length, seed)
  return {
    seed,
    timeout: TIMEOUTS[seed % TIMEOUTS.length]!,
    poisons: ownOf(POISONS, POISONS_EACH, seed),
    breakAt: 2 + below(random, MOST_BREAK),
    passes: PASSES.map((pass, index) => ({
      pass,
      batchSize: BATCH_SIZES[0] + below(random, BATCH_SIZES[1] - BATCH_SIZES[0]),
      parallelization: pick(random, [1, 2, 10]),
      episodes: episodesOf(random, faults[index]!),
    })),
  }
}

function episodesOf(random: Random, own: Fault): Episode[] {
  const others = Array.from({ length: below(random, MOST_RANDOM_EPISODES + 1) }, () => pick(random, COMMON))
  let deadly = 0
  return [own, ...others]
    .filter(fault => !DEADLY.includes(fault) || ++deadly <= MOST_DEADLY)
    .map(fault => ({
      fault,
      gap: below(random, MOST_GAP + 1),
      requests: DEADLY.includes(fault) ? 1 : 1 + below(random, MOST_REQUESTS),
    }))
}

/** One line a pass. */
export function describeSchedule({ seed, timeout, poisons, breakAt, passes }: Schedule): string {
  const lines = passes.map(({ pass, batchSize, parallelization, episodes }) => {
    const faults = episodes.map(({ fault, gap, requests }) => `${fault} (${requests}, after ${gap})`)
    return `  ${pass}: batches of ${batchSize}, ${parallelization} at once: ${faults.join(', ')}`
  })
  return [
    `schedule of seed ${seed}, ${timeout} s for the function, poison: ${poisons.join(', ')}, broken off at invocation ${breakAt}`,
    ...lines,
  ].join('\n')
}
