/** What a benchmark is, and how its CPU time is taken. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

export interface Report {
  /** First the headings, then a row a figure that a person reads; cells are text already. */
  readonly table: readonly (readonly string[])[]
  /** What the table alone would let a reader get wrong. */
  readonly notes: readonly string[]
  /** The same for programs: rates a second of CPU time, sizes in bytes, ratios as plain numbers. */
  readonly figures: Readonly<Record<string, number>>
}

export interface Benchmark {
  readonly name: string
  /** One line of `--help`. */
  readonly about: string
  run(): Report | Promise<Report>
}

/** Timed rounds of each candidate, after one that only warms up. */
const ROUNDS = 3

setFlagsFromString('--expose-gc')
/** So that what was left behind before is not cleared away in the time measured next. */
export const collectGarbage = runInNewContext('gc') as () => void

/** So many units of work, done by `work`. */
export interface Candidate {
  readonly units: number
  work(): unknown
}

/**
 * Units done in a second of the process's CPU time, all its threads: compiling and collecting garbage count too.
 * The candidates run in turn, round after round, so that a noisy neighbour meets all of them.
 * @returns the median round of each.
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
