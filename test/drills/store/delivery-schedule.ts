/** Schedules drawn from a seed: the faults of store-ticks' requests, and the poison envelopes in the stream. */
import { below, pick, type Random } from '../../../local/exchange/random.ts'
import { randomOf } from '../seed.ts'
import { POISONS, type Poison } from './drill-market.ts'

/** What may happen to a request of store-ticks. */
export const FAULTS = {
  throttled: 'throttled, nothing done',
  'throttled long': 'every request throttled until the function has no time left',
  unprocessed: 'some items done, the others returned as unprocessed',
  'failed inside': 'internal error, nothing done',
  'cut before': 'connection cut, nothing done',
  'cut in between': 'connection cut, some items done',
  'cut after': 'connection cut, all items done',
  hung: 'no response, nothing done',
  late: 'no response, all items done after the request has timed out',
  crash: 'function ended, some items done',
} as const
export type Fault = keyof typeof FAULTS
const FAULT_NAMES = Object.keys(FAULTS) as Fault[]

/** Faults that take seconds, or cost a batch one of its attempts. A good batch must not run out of attempts. */
const DEADLY: readonly Fault[] = ['throttled long', 'hung', 'late', 'crash']
/** Most deadly faults in a pass. */
const MOST_DEADLY = 2
const COMMON = FAULT_NAMES.filter(fault => fault !== 'throttled long')

/**
 * The passes over the stream: from the start while records are still put, aborted in the middle; from the start to the
 * end; the same again after everything is stored; and from the middle to the end.
 */
export const PASSES = ['broken off', 'whole', 'replayed whole', 'replayed half'] as const
export type Pass = (typeof PASSES)[number]

/** A fault of consecutive requests, after `gap` requests without a fault. */
export interface Episode {
  readonly fault: Fault
  readonly gap: number
  readonly requests: number
}

/** One pass over the stream. */
export interface PassPlan {
  readonly pass: Pass
  readonly batchSize: number
  readonly parallelization: number
  readonly episodes: readonly Episode[]
  /** Whether only requests that write have the faults. */
  readonly atWrites: boolean
}

export interface Schedule {
  readonly seed: number
  /** Timeout of the function, seconds. */
  readonly timeout: number
  readonly poisons: readonly Poison[]
  /** The number of the invocation at which the first pass is aborted. */
  readonly breakAt: number
  readonly passes: readonly PassPlan[]
}

/** Timeouts of the function, seconds. A request without a response is sent again after three seconds. */
const TIMEOUTS = [10, 20]
const POISONS_EACH = 2
const MOST_RANDOM_EPISODES = 2
const MOST_BREAK = 8
/** Share of the passes whose faults are all at writes. */
const AT_WRITES = 0.6
const MOST_GAP = 4
const MOST_REQUESTS = 5
/** Smallest and largest number of envelopes in a batch. */
const BATCH_SIZES = [5, 80] as const

/** Number of consecutive seeds whose schedules have every fault and every poison. */
export const ROUND = Math.ceil(Math.max(POISONS.length / POISONS_EACH, FAULT_NAMES.length / PASSES.length))

/** Returns `count` elements for a seed. Consecutive seeds together get all elements. */
function shareOf<T>(all: readonly T[], count: number, seed: number): T[] {
  return Array.from({ length: count }, (_, index) => all[(count * seed + index) % all.length]!)
}

export function scheduleOf(seed: number): Schedule {
  const random = randomOf('store schedule', seed)
  const faults = shareOf(FAULT_NAMES, PASSES.length, seed)
  return {
    seed,
    timeout: TIMEOUTS[seed % TIMEOUTS.length]!,
    poisons: shareOf(POISONS, POISONS_EACH, seed),
    breakAt: 2 + below(random, MOST_BREAK),
    passes: PASSES.map((pass, index) => ({
      pass,
      batchSize: BATCH_SIZES[0] + below(random, BATCH_SIZES[1] - BATCH_SIZES[0]),
      parallelization: pick(random, [1, 2, 10]),
      episodes: episodesOf(random, faults[index]!),
      atWrites: random() < AT_WRITES,
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

/** Describes a schedule, with one line a pass. */
export function describeSchedule({ seed, timeout, poisons, breakAt, passes }: Schedule): string {
  const lines = passes.map(({ pass, batchSize, parallelization, episodes, atWrites }) => {
    const faults = episodes.map(({ fault, gap, requests }) => `${fault} (${requests}, after ${gap})`)
    return `  ${pass}: batches of ${batchSize}, ${parallelization} at once: ${atWrites ? 'at writes, ' : ''}${faults.join(', ')}`
  })
  return [
    `schedule of seed ${seed}, ${timeout} s for the function, poison: ${poisons.join(', ')}, broken off at invocation ${breakAt}`,
    ...lines,
  ].join('\n')
}
