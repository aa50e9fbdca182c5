/** The interface of a benchmark, and the measurement of CPU time. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

export interface Report {
  /** Rows of text: the headings first, then one row a figure. */
  readonly table: readonly (readonly string[])[]
  /** Explanations that a reader of the table needs. */
  readonly notes: readonly string[]
  /** The figures for programs: rates a CPU second, sizes in bytes, ratios as plain numbers. */
  readonly figures: Readonly<Record<string, number>>
}

export interface Benchmark {
  readonly name: string
  /** The line of `--help`. */
  readonly about: string
  run(): Report | Promise<Report>
}

/** Timed rounds of each candidate, after one round of warm-up. */
const ROUNDS = 3

setFlagsFromString('--expose-gc')
/** Collects garbage now, so that the next measurement does not include garbage of the last one. */
export const collectGarbage = runInNewContext('gc') as () => void

/** A side of a benchmark: `work` does `units` units of work. */
export interface Candidate {
  readonly units: number
  work(): unknown
}

/**
 * Measures units a CPU second of the process, all threads, including compilation and garbage collection. The candidates
 * run in turn, round after round, so that other load on the machine affects all of them.
 * @returns the rate of the median round of each candidate.
 */
export async function ratesOf<Name extends string>(
  candidates: Readonly<Record<Name, Candidate>>,
): Promise<Record<Name, number>> {
  const names = Object.keys(candidates) as Name[]
  const rounds = new Map(names.map(name => [name, [] as number[]]))
  for (let round = 0; round <= ROUNDS; round++) {
    for (const name of names) {
      const { units, work } = candidates[name]
      collectGarbage()
      const start = process.cpuUsage()
      await work()
      const { user, system } = process.cpuUsage(start)
      if (round > 0) rounds.get(name)!.push((units * 1_000_000) / (user + system))
    }
  }
  return Object.fromEntries(names.map(name => [name, median(rounds.get(name)!)])) as Record<Name, number>
}

export function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!
}

export function percentile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(share * (values.length - 1))]!
}
